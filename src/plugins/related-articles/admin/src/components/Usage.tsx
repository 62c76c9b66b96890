import { Box, Button, Flex, Link, Typography } from '@strapi/design-system';
import { Pin } from '@strapi/icons';
import { useFetchClient, useNotification } from '@strapi/strapi/admin';
import { useState } from 'react';
import { Link as RouterLink } from 'react-router-dom';

import type { FindUsageResponse, UsageFit } from '../../../shared/contracts';
import type { Finding } from '../hooks/useUsage';
import { useFormat } from '../utils/format';
import { pathOf } from '../utils/titles';
import { Disclosure } from './Disclosure';
import { Failed } from './Failed';
import { Hint } from './Hint';

interface UsageProps {
  uid: string;
  entry: { documentId: string; locale?: string };
  usage: Finding;
}

/** In whose lists the entry stands. */
export function Usage({ uid, entry, usage: { usage, hasFailed, refresh } }: UsageProps) {
  const format = useFormat();
  return (
    <Flex direction="column" alignItems="stretch" gap={2}>
      <Typography variant="sigma" textColor="neutral600" tag="h3">
        {format('usage.title')}
      </Typography>
      {hasFailed && <Failed text={format('usage.error')} retry={refresh} />}
      {!usage && !hasFailed && <Hint>{format('usage.loading')}</Hint>}
      {usage?.state === 'unindexed' && <Hint>{format('usage.loading')}</Hint>}
      {usage?.state === 'unpublished' && <Hint>{format('usage.unpublished')}</Hint>}
      {usage && usage.total > 0 && (
        <Disclosure label={format('usage.count', { count: usage.total })}>
          <Flex tag="ul" direction="column" alignItems="stretch" gap={1}>
            {usage.sources.map(({ documentId, title, place, origin }) => (
              <li key={documentId}>
                <Link tag={RouterLink} to={pathOf(uid, documentId, entry.locale)}>
                  {title || format('untitled')}
                </Link>{' '}
                <Hint>{format(`usage.${origin}`, { place })}</Hint>
              </li>
            ))}
            {usage.total > usage.sources.length && (
              <li>
                <Hint>{format('usage.more', { count: usage.total - usage.sources.length })}</Hint>
              </li>
            )}
          </Flex>
        </Disclosure>
      )}
      {usage?.state === 'published' && usage.total === 0 && (
        <Orphan uid={uid} entry={entry} usage={usage} onPinned={refresh} />
      )}
    </Flex>
  );
}

interface OrphanProps extends Omit<UsageProps, 'usage'> {
  usage: FindUsageResponse['data'];
  onPinned: () => Promise<void>;
}

/** Nobody is led to it: where it would fit, and a way to put it there. */
function Orphan({ uid, entry, usage: { fits, isPartial }, onPinned }: OrphanProps) {
  const format = useFormat();
  const { post } = useFetchClient();
  const { toggleNotification } = useNotification();
  const [busy, setBusy] = useState<string | null>(null);
  const pinTo = async ({ documentId, title }: UsageFit) => {
    setBusy(documentId);
    try {
      await post(`/related-articles/curations/${uid}/${documentId}/pins`, entry);
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
          {format(isPartial ? 'usage.orphanOfYours' : 'usage.orphan')}{' '}
          {fits.length > 0 && format('usage.fits')}
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
                  aria-label={format('usage.pinTo', { title: fit.title })}
                  onClick={() => void pinTo(fit)}
                >
                  {format('usage.pin')}
                </Button>
              )}
            </Flex>
          ))}
        </Flex>
      </Flex>
    </Box>
  );
}
