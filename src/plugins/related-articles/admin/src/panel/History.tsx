import { Flex, Modal, TextButton, Typography } from '@strapi/design-system';
import { ClockCounterClockwise } from '@strapi/icons';
import { useRef, useState } from 'react';

import type { CurationEvent } from '../../../shared/contracts';
import { useApi, type EntryRef } from '../api';
import { useFormat, type Format } from '../shared/format';
import { titleOf } from '../shared/titles';
import { Failed } from '../shared/Failed';

interface HistoryProps {
  uid: string;
  entry: EntryRef;
  /** Whether there is nothing to show yet. */
  isEmpty: boolean;
}

/** Who changed what when. */
export function History({ uid, entry, isEmpty }: HistoryProps) {
  const format = useFormat();
  const { findEvents } = useApi();
  const [events, setEvents] = useState<CurationEvent[] | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const asked = useRef(0);
  const load = async () => {
    asked.current += 1;
    const own = asked.current;
    setFailed(false);
    try {
      const found = await findEvents(uid, entry);
      if (own === asked.current) setEvents(found);
    } catch {
      if (own === asked.current) setFailed(true);
    }
  };
  return (
    <Modal.Root onOpenChange={(isOpen) => isOpen && void load()}>
      <Modal.Trigger>
        <TextButton
          startIcon={<ClockCounterClockwise />}
          style={{ minHeight: '2.4rem' }}
          disabled={isEmpty}
        >
          {format('history.show')}
        </TextButton>
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
                  <Typography key={words} style={{ overflowWrap: 'anywhere' }}>
                    {words}
                  </Typography>
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
  const { action } = event;
  if (action === 'copied' || action === 'removed') return [format(`history.${action}`)];
  const kinds = ['pinned', 'unpinned', 'excluded', 'allowed', 'dated'] as const;
  const words = kinds
    .filter((kind) => event[kind].length > 0)
    .map((kind) => {
      const titles = event[kind].map((entry) => titleOf(entry, format));
      return format(`history.${kind}`, { titles: format.list(titles) });
    });
  if (event.reordered) words.push(format('history.reordered'));
  if (event.hidden !== null) words.push(format(event.hidden ? 'history.hidden' : 'history.shown'));
  if (words.length === 0) return [format('history.unchanged')];
  if (action === 'ended') return [format('history.ended'), ...words];
  return event.direction ? [format(`history.${event.direction}`), ...words] : words;
}
