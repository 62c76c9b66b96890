import { Button, Flex, Typography } from '@strapi/design-system';

import type { SettingsEvent, SiteSettings } from '../../../shared/settings';
import { Disclosure } from '../shared/Disclosure';
import { useFormat } from '../shared/format';

interface SettingsHistoryProps {
  history: readonly SettingsEvent[];
  onRestore(settings: SiteSettings): void;
}

/** Who changed the settings when. */
export function SettingsHistory({ history, onRestore }: SettingsHistoryProps) {
  const format = useFormat();
  if (history.length === 0) return null;
  return (
    <Disclosure label={format('settings.history')}>
      <Flex tag="ol" direction="column" alignItems="stretch" gap={2}>
        {history.map(({ at, editor, settings }, place) => (
          <Flex tag="li" key={at} justifyContent="space-between" gap={3}>
            <Typography variant="pi">
              {[editor ?? format('settings.byItself'), format.time(at)].join(' · ')}
            </Typography>
            {place > 0 && (
              <Button variant="tertiary" size="S" onClick={() => onRestore(withoutEnded(settings))}>
                {format('settings.restore')}
              </Button>
            )}
          </Flex>
        ))}
      </Flex>
    </Disclosure>
  );
}

/** Drops rules whose time is over: nobody could save them again. */
function withoutEnded({ rules, ...others }: SiteSettings): SiteSettings {
  const lasts = ({ until }: { until?: string }) => !until || Date.parse(until) > Date.now();
  return { ...others, ...(rules && { rules: { ...rules, place: rules.place?.filter(lasts) } }) };
}
