import { Flex, Modal, TextButton, Typography } from '@strapi/design-system';
import { ClockCounterClockwise } from '@strapi/icons';
import { useFetchClient } from '@strapi/strapi/admin';
import { useState } from 'react';

import type { CurationEvent, FindEventsResponse } from '../../../shared/contracts';
import { useFormat, type Format } from '../utils/format';
import { titleOf } from '../utils/titles';

interface HistoryProps {
  uid: string;
  entry: { documentId: string; locale?: string };
}

/** Who changed what when. */
export function History({ uid, entry: { documentId, locale } }: HistoryProps) {
  const format = useFormat();
  const { get } = useFetchClient();
  const [events, setEvents] = useState<CurationEvent[] | null>(null);
  const load = async (isOpen: boolean) => {
    if (!isOpen) return;
    const url = `/related-articles/curations/${uid}/${documentId}/events`;
    const { data } = await get<FindEventsResponse>(url, { params: locale ? { locale } : {} });
    setEvents(data.data);
  };
  return (
    <Modal.Root onOpenChange={(isOpen) => void load(isOpen)}>
      <Modal.Trigger>
        <TextButton startIcon={<ClockCounterClockwise />}>{format('history.show')}</TextButton>
      </Modal.Trigger>
      <Modal.Content>
        <Modal.Header>
          <Modal.Title>{format('history.title')}</Modal.Title>
        </Modal.Header>
        <Modal.Body>
          <Flex tag="ol" direction="column" alignItems="stretch" gap={3}>
            {events?.map((event) => (
              <Flex tag="li" key={event.at} direction="column" alignItems="flex-start">
                <Typography fontWeight="semiBold">
                  {format(`history.${event.action}`, {
                    editor: event.editor ?? format('somebody'),
                  })}
                </Typography>
                <Typography textColor="neutral600">{format.time(event.at)}</Typography>
                {wordsOf(event, format).map((words) => (
                  <Typography key={words}>{words}</Typography>
                ))}
              </Flex>
            ))}
          </Flex>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

function wordsOf(event: CurationEvent, format: Format): string[] {
  const kinds = ['pinned', 'unpinned', 'excluded', 'allowed'] as const;
  const words = kinds
    .filter((kind) => event[kind].length > 0)
    .map((kind) => {
      const titles = event[kind].map((entry) => titleOf(entry, format));
      return format(`history.${kind}`, { titles: format.list(titles) });
    });
  return event.reordered ? [...words, format('history.reordered')] : words;
}
