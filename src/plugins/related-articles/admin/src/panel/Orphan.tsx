import { Box, Button, Flex, Link, TextButton, Typography } from '@strapi/design-system';
import { Check, Pin } from '@strapi/icons';
import { useNotification } from '@strapi/strapi/admin';
import { useState } from 'react';

import type { AppearanceFit, FindAppearancesResponse } from '../../../shared/contracts';
import { useApi, type EntryRef } from '../api';
import { forgetFacts } from '../list/facts';
import { Hint } from '../shared/Hint';
import { Strength } from '../shared/Strength';
import { useFormat } from '../shared/format';
import { adminPathOf } from '../shared/titles';
import { problemOf, untilAnswered, wordsOf } from '../shared/problems';
import { reasonsOf } from './reasons';
import { useLabels } from './useLabels';

interface OrphanProps {
  uid: string;
  entry: EntryRef;
  appearances: FindAppearancesResponse['data'];
  refresh: () => Promise<void>;
}

/** For an entry that no list shows: offers to pin it where it would fit. The proposals stay while they are used. */
export function Orphan({ uid, entry, appearances, refresh }: OrphanProps) {
  const format = useFormat();
  const labels = useLabels();
  const { addPin, revert } = useApi();
  const { toggleNotification } = useNotification();
  const [busy, setBusy] = useState<string | null>(null);
  /** Where it was pinned, with the revision of that change. */
  const [pinned, setPinned] = useState<ReadonlyMap<string, number>>(new Map());
  const [kept, setKept] = useState<FindAppearancesResponse['data'] | null>(null);
  const { fits, isPartial, total } = kept ?? appearances;
  if (total > 0) return null;

  const change = async (fit: AppearanceFit, isPin: boolean) => {
    const { documentId, title } = fit;
    setBusy(documentId);
    try {
      if (isPin) {
        const { revision } = await untilAnswered((sentBefore) => addPin(uid, documentId, { ...entry, sentBefore })); // prettier-ignore
        setPinned((all) => new Map([...all, [documentId, revision]]));
      } else {
        const { locale, documentId: pin } = entry;
        const asked = { locale, pin, step: pinned.get(documentId) };
        await untilAnswered(() => revert(uid, documentId, 'undo', asked));
        setPinned((all) => new Map([...all].filter(([id]) => id !== documentId)));
      }
      setKept((before) => before ?? appearances);
      const message = format(isPin ? 'done.pinnedThere' : 'done.unpinnedThere', { title });
      toggleNotification({ type: 'success', message });
    } catch (error) {
      const reason = wordsOf(problemOf(error), format);
      toggleNotification({ type: 'danger', message: format('failed', { reason }) });
    } finally {
      void refresh();
      setBusy(null);
      forgetFacts();
    }
  };
  const isWeak = fits.length > 0 && fits.every(({ strength }) => strength === 'weak');
  return (
    <Box background="warning100" borderColor="warning200" hasRadius padding={2}>
      <Flex direction="column" alignItems="stretch" gap={2}>
        <Typography variant="pi" textColor="neutral800">
          {pinned.size === 0 &&
            `${format(isPartial ? 'appearances.orphanOfYours' : 'appearances.orphan')} `}
          {fits.length > 0 && format(isWeak ? 'appearances.weakFits' : 'appearances.fits')}
        </Typography>
        <Flex tag="ul" direction="column" alignItems="stretch" gap={2}>
          {fits.map((fit) => (
            <Flex tag="li" key={fit.documentId} direction="column" alignItems="flex-start" gap={1}>
              <Link
                href={adminPathOf(uid, fit.documentId, entry.locale)}
                target="_blank"
                rel="noopener"
              >
                {fit.title || format('untitled')}
              </Link>
              {fit.strength && (
                <Hint>
                  <Strength level={fit.strength} />
                </Hint>
              )}
              {reasonsOf(fit.explanation, format, labels).map((reason) => (
                <Hint key={reason}>{reason}</Hint>
              ))}
              {fit.mayCurate && !pinned.has(fit.documentId) && (
                <Button
                  size="S"
                  variant="tertiary"
                  startIcon={<Pin />}
                  loading={busy === fit.documentId}
                  disabled={busy !== null}
                  aria-label={format('appearances.pinTo', { title: fit.title })}
                  onClick={() => void change(fit, true)}
                >
                  {format('appearances.pin')}
                </Button>
              )}
              {pinned.has(fit.documentId) && (
                <Flex gap={2}>
                  <Check aria-hidden />
                  <Hint>{format('pinned')}</Hint>
                  <TextButton
                    disabled={busy !== null}
                    aria-label={format('appearances.undo', { title: fit.title })}
                    onClick={() => void change(fit, false)}
                  >
                    {format('undo')}
                  </TextButton>
                </Flex>
              )}
            </Flex>
          ))}
        </Flex>
      </Flex>
    </Box>
  );
}
