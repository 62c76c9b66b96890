import { Box, Flex, Typography } from '@strapi/design-system';

import type { EntryRef } from '../api';
import { useAppearances } from '../panel/useAppearances';
import { useFormat } from '../shared/format';

interface WithdrawalNoteProps {
  uid: string;
  entry: EntryRef;
}

/** What readers lose when an entry is unpublished or deleted: the lists that show it, its pins, the links to it. */
export function WithdrawalNote({ uid, entry }: WithdrawalNoteProps) {
  const format = useFormat();
  const { appearances } = useAppearances(uid, entry, true, '');
  if (!appearances) return null;
  const { total, sources, links, linkedFrom } = appearances;
  const titles = (entries: readonly { title: string }[]) =>
    format.list(entries.slice(0, 3).map(({ title }) => title || format('untitled')));
  const pinned = sources.filter(({ origin }) => origin === 'pinned');
  const lines = [
    total > 0 && format('withdrawal.lists', { count: total }),
    pinned.length > 0 &&
      format('withdrawal.pins', { count: pinned.length, titles: titles(pinned) }),
    links > 0 && format('withdrawal.links', { count: links, titles: titles(linkedFrom) }),
  ].filter((line): line is string => Boolean(line));
  if (lines.length === 0) return null;
  return (
    <Box background="warning100" borderColor="warning200" hasRadius padding={3} marginTop={4}>
      <Flex tag="ul" direction="column" alignItems="stretch" gap={1}>
        {lines.map((line) => (
          <Typography key={line} tag="li" variant="pi" textColor="neutral800">
            {line}
          </Typography>
        ))}
      </Flex>
    </Box>
  );
}
