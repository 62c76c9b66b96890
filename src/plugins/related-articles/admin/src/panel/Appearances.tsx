import { Box, Button, Flex, Link, Typography } from '@strapi/design-system';
import { Pin } from '@strapi/icons';
import { useNotification } from '@strapi/strapi/admin';
import { useState } from 'react';
import { Link as RouterLink } from 'react-router-dom';

import type { FindAppearancesResponse, AppearanceFit } from '../../../shared/contracts';
import { useApi, type EntryRef } from '../api';
import type { Finding } from './useAppearances';
import { useFormat } from '../shared/format';
import { pathOf } from '../shared/titles';
import { Disclosure } from '../shared/Disclosure';
import { Failed } from '../shared/Failed';
import { Hint } from '../shared/Hint';

interface AppearancesProps {
  uid: string;
  entry: EntryRef;
  appearances: Finding;
}

/** In whose lists the entry stands. */
export function Appearances({
  uid,
  entry,
  appearances: { appearances, hasFailed, refresh },
}: AppearancesProps) {
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
                <Link tag={RouterLink} to={pathOf(uid, documentId, entry.locale)}>
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
      {appearances?.state === 'published' && appearances.total === 0 && (
        <Orphan uid={uid} entry={entry} appearances={appearances} onPinned={refresh} />
      )}
    </Flex>
  );
}

interface OrphanProps extends Omit<AppearancesProps, 'appearances'> {
  appearances: FindAppearancesResponse['data'];
  onPinned: () => Promise<void>;
}

/** Nobody is led to it: where it would fit, and a way to put it there. */
function Orphan({ uid, entry, appearances: { fits, isPartial }, onPinned }: OrphanProps) {
  const format = useFormat();
  const { addPin } = useApi();
  const { toggleNotification } = useNotification();
  const [busy, setBusy] = useState<string | null>(null);
  const pinTo = async ({ documentId, title }: AppearanceFit) => {
    setBusy(documentId);
    try {
      await addPin(uid, documentId, entry);
      toggleNotification({ type: 'success', message: format('done.pinnedThere', { title }) });
      await onPinned();
    } catch (error) {
      const reason = (error as Error).message;
      toggleNotification({ type: 'danger', message: format('failed', { reason }) });
    } finally {
      setBusy(null);
    }
  };
  return (
    <Box background="warning100" borderColor="warning200" hasRadius padding={2}>
      <Flex direction="column" alignItems="stretch" gap={2}>
        <Typography variant="pi" textColor="neutral800">
          {format(isPartial ? 'appearances.orphanOfYours' : 'appearances.orphan')}{' '}
          {fits.length > 0 && format('appearances.fits')}
        </Typography>
        <Flex tag="ul" direction="column" alignItems="stretch" gap={2}>
          {fits.map((fit) => (
            <Flex tag="li" key={fit.documentId} direction="column" alignItems="flex-start" gap={1}>
              <Link tag={RouterLink} to={pathOf(uid, fit.documentId, entry.locale)}>
                {fit.title || format('untitled')}
              </Link>
              {fit.mayCurate && (
                <Button
                  size="S"
                  variant="tertiary"
                  startIcon={<Pin />}
                  loading={busy === fit.documentId}
                  disabled={busy !== null}
                  aria-label={format('appearances.pinTo', { title: fit.title })}
                  onClick={() => void pinTo(fit)}
                >
                  {format('appearances.pin')}
                </Button>
              )}
            </Flex>
          ))}
        </Flex>
      </Flex>
    </Box>
  );
}
