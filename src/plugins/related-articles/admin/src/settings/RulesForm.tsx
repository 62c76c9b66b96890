import { Box, Flex, Typography } from '@strapi/design-system';
import { Trash } from '@strapi/icons';
import { useRef, useState } from 'react';

import type { FindSettingsResponse, SiteSettings } from '../../../shared/settings';
import { useFormat, type Format } from '../shared/format';
import { Hint } from '../shared/Hint';
import { SmallButton } from '../shared/SmallButton';
import { titleOf } from '../shared/titles';
import { AddRule } from './AddRule';
import { asRules, rulesIn, sentenceOf, type Rule } from './rules';
import { Section } from './Section';

type Found = FindSettingsResponse['data'];

interface RulesFormProps {
  uid: string;
  locales: readonly string[];
  found: Found;
  draft: SiteSettings;
  change(part: Partial<SiteSettings>): void;
  /** Called with whether a rule is filled in but not added. */
  onOpen(isOpen: boolean): void;
}

/** The rules in plain sentences: those of the configuration file, and those that are set here. */
export function RulesForm({ uid, locales, found, draft, change, onOpen }: RulesFormProps) {
  const format = useFormat();
  const byFile = rulesIn(found.defaults.rules);
  const isFixed = ({ kind }: Rule) => found.fixed.includes(`rules.${kind}`);
  const all = rulesIn(draft.rules);
  const own = all.filter((rule) => !isFixed(rule));
  const list = useRef<HTMLUListElement>(null);
  // Titles that were chosen here: the server knows them once they are saved.
  const [titles, setTitles] = useState<Record<string, string>>({});
  // Keep rules that the file currently overrides.
  const put = (rules: readonly Rule[]) =>
    change({ rules: asRules([...all.filter(isFixed), ...rules]) });
  return (
    <Section title={format('rules.title')} hint={format('rules.hint')}>
      {byFile.length + own.length === 0 && <Hint>{format('rules.none')}</Hint>}
      <Flex ref={list} tabIndex={-1} tag="ul" direction="column" alignItems="stretch" gap={2}>
        {byFile.map((rule) => (
          <Box tag="li" key={JSON.stringify(rule)}>
            <Typography>{wordsOf(rule, found, format)}</Typography>{' '}
            <Hint>{format('settings.fixed')}</Hint>
          </Box>
        ))}
        {own.map((rule) => {
          const title = rule.kind === 'place' ? titles[rule.documentId] : undefined;
          const words = wordsOf(rule.kind === 'place' ? { ...rule, title } : rule, found, format);
          return (
            <Flex tag="li" key={JSON.stringify(rule)} justifyContent="space-between" gap={2}>
              <Typography>{words}</Typography>
              <SmallButton
                variant="ghost"
                label={format('rules.remove', { rule: words })}
                onClick={() => {
                  put(own.filter((one) => one !== rule));
                  // The button goes with its rule.
                  list.current?.focus();
                }}
              >
                <Trash />
              </SmallButton>
            </Flex>
          );
        })}
      </Flex>
      <AddRule
        uid={uid}
        locales={locales}
        found={found}
        onOpen={onOpen}
        onAdd={(rule) => {
          if (rule.kind === 'place')
            setTitles((now) => ({ ...now, [rule.documentId]: rule.title ?? '' }));
          put([...own, rule]);
        }}
      />
    </Section>
  );
}

/** A rule as a sentence. */
function wordsOf(rule: Rule, { placed }: Found, format: Format): string {
  const values: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(rule)) {
    if (typeof value === 'string' || typeof value === 'number') values[name] = value;
  }
  if (rule.kind === 'favour') {
    values.factor = format.number(rule.factor);
  } else if (rule.kind === 'place') {
    const entry = placed[rule.documentId];
    values.title = rule.title ?? (entry ? titleOf(entry, format) : rule.documentId);
    values.end = rule.until ? format.date(rule.until) : '';
    return format(rule.until ? 'rule.place.until' : 'rule.place', values);
  }
  return format(`rule.${sentenceOf(rule)}`, values);
}
