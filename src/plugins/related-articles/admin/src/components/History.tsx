import { Flex, Modal, TextButton, Typography } from '@strapi/design-system';
import { ClockCounterClockwise } from '@strapi/icons';
import { useFetchClient } from '@strapi/strapi/admin';
import { useState } from 'react';

import type { CurationEvent, FindEventsResponse } from '../../../shared/contracts';
import { useFormat, type Format } from '../utils/format';
import { titleOf } from '../utils/titles';
import { Failed } from './Failed';

interface HistoryProps {
  uid: string;
  entry: { documentId: string; locale?: string };
}

/** Who changed what when. */
export function History({ uid, entry: { documentId, locale } }: HistoryProps) {
  const format = useFormat();
  const { get } = useFetchClient();
  const [events, setEvents] = useState<CurationEvent[] | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const load = async () => {
    setFailed(false);
    try {
      const url = `/related-articles/curations/${uid}/${documentId}/events`;
      const { data } = await get<FindEventsResponse>(url, { params: locale ? { locale } : {} });
      setEvents(data.data);
    } catch {
      setFailed(true);
    }
  };
  return (
    <Modal.Root onOpenChange={(isOpen) => isOpen && void load()}>
      <Modal.Trigger>
        <TextButton startIcon={<ClockCounterClockwise />}>{format('history.show')}</TextButton>
      </Modal.Trigger>
      <Modal.Content>
        <Modal.Header>
          <Modal.Title>{format('history.title')}</Modal.Title>
        </Modal.Header>
        <Modal.Body>
          {hasFailed && <Failed text={format('history.error')} retry={load} />}
          <Flex tag="ol" direction="column" alignItems="stretch" gap={3}>
            {events?.map((event) => (
              <Flex tag="li" key={event.at} direction="column" alignItems="flex-start">
                <Typography variant="pi" textColor="neutral600">
                  {[event.editor, format.time(event.at)].filter(Boolean).join(' · ')}
                </Typography>
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
  if (event.action !== 'changed') return [format(`history.${event.action}`)];
  const kinds = ['pinned', 'unpinned', 'excluded', 'allowed'] as const;
  const words = kinds
    .filter((kind) => event[kind].length > 0)
    .map((kind) => {
      const titles = event[kind].map((entry) => titleOf(entry, format));
      return format(`history.${kind}`, { titles: format.list(titles) });
    });
  if (event.reordered) words.push(format('history.reordered'));
  return words.length > 0 ? words : [format('history.unchanged')];
}
