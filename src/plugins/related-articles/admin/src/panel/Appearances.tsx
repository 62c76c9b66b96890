import { Flex, Link, Typography } from '@strapi/design-system';

import type { EntryRef } from '../api';
import { Disclosure } from '../shared/Disclosure';
import { Failed } from '../shared/Failed';
import { Hint } from '../shared/Hint';
import { useFormat } from '../shared/format';
import { adminPathOf } from '../shared/titles';
import { NeverSuggest } from './NeverSuggest';
import { Orphan } from './Orphan';
import type { Curating } from './useCuration';
import type { Finding } from './useAppearances';

interface AppearancesProps {
  uid: string;
  entry: EntryRef;
  appearances: Finding;
  isHidden: boolean;
  /** `null` for someone who may not change whether it is suggested. */
  curation: Curating | null;
}

/** Shows which lists the entry is in, and whether it may be in any. */
export function Appearances(props: AppearancesProps) {
  const { uid, entry, isHidden, curation } = props;
  const { appearances, hasFailed, refresh } = props.appearances;
  const format = useFormat();
  return (
    <Flex direction="column" alignItems="stretch" gap={2}>
      <Typography variant="sigma" textColor="neutral600" tag="h3">
        {format('appearances.title')}
      </Typography>
      {hasFailed && <Failed text={format('appearances.error')} retry={refresh} />}
      {!appearances && !hasFailed && <Hint>{format('appearances.loading')}</Hint>}
      {appearances?.state === 'unindexed' && <Hint>{format('appearances.loading')}</Hint>}
      {appearances?.state === 'unpublished' && <Hint>{format('appearances.unpublished')}</Hint>}
      {appearances && appearances.total > 0 && (
        <Disclosure label={format('appearances.count', { count: appearances.total })}>
          <Flex tag="ul" direction="column" alignItems="stretch" gap={1}>
            {appearances.sources.map(({ documentId, title, place, origin }) => (
              <li key={documentId}>
                <Link
                  href={adminPathOf(uid, documentId, entry.locale)}
                  target="_blank"
                  rel="noopener"
                >
                  {title || format('untitled')}
                </Link>{' '}
                {place !== null && <Hint>{format(`appearances.${origin}`, { place })}</Hint>}
              </li>
            ))}
            {appearances.total > appearances.sources.length && (
              <li>
                <Hint>
                  {format('appearances.more', {
                    count: appearances.total - appearances.sources.length,
                  })}
                </Hint>
              </li>
            )}
          </Flex>
        </Disclosure>
      )}
      {appearances?.state === 'published' && (
        <Orphan uid={uid} entry={entry} appearances={appearances} refresh={refresh} />
      )}
      <NeverSuggest isHidden={isHidden} curation={curation} />
    </Flex>
  );
}
