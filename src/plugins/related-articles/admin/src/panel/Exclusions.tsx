import { Flex, Typography } from '@strapi/design-system';

import type { PanelEntry } from '../../../shared/contracts';
import type { Curating } from './useCuration';
import { restore } from './decisions';
import { useFormat } from '../shared/format';
import { titleOf } from '../shared/titles';
import { AllowAgain } from '../shared/AllowAgain';
import { Disclosure } from '../shared/Disclosure';

interface ExclusionsProps {
  entries: PanelEntry[];
  /** `null` for someone who may not change them. */
  curation: Curating | null;
}

/** The entries that are never suggested here. */
export function Exclusions({ entries, curation }: ExclusionsProps) {
  const format = useFormat();
  if (entries.length === 0) return null;
  return (
    <Disclosure label={format('exclusions', { count: entries.length })}>
      <Flex tag="ul" direction="column" alignItems="stretch" gap={1}>
        {entries.map((entry) => {
          const title = titleOf(entry, format);
          return (
            <Flex tag="li" key={entry.reference} direction="column" alignItems="flex-start">
              <Typography variant="pi">{title}</Typography>
              {curation && (
                <AllowAgain
                  title={title}
                  onClick={() =>
                    curation.apply(restore(entry.reference), format('done.restored', { title }))
                  }
                />
              )}
            </Flex>
          );
        })}
      </Flex>
    </Disclosure>
  );
}
