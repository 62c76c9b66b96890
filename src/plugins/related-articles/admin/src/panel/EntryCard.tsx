import { Box, Flex, Link, Popover, Typography } from '@strapi/design-system';
import { ExternalLink } from '@strapi/icons';
import { useEffect, useState, type ReactElement } from 'react';

import type { FindEntryResponse, PanelRow } from '../../../shared/contracts';
import { useApi } from '../api';
import { Hint } from '../shared/Hint';
import { Strength } from '../shared/Strength';
import { useFormat } from '../shared/format';
import { adminPathOf } from '../shared/titles';
import { reasonsOf } from './reasons';
import { useLabels } from './useLabels';

/** The least window width with room next to the panel, in pixels. */
const WIDE = 800;

interface EntryCardProps {
  uid: string;
  locale?: string;
  row: PanelRow;
  title: string;
  isOpen: boolean;
  setOpen(isOpen: boolean): void;
  /** The button that opens it. */
  children: ReactElement;
}

/** Shows what an entry is about and why it is suggested, next to its row: nobody has to leave the form for that. */
export function EntryCard(props: EntryCardProps) {
  const { uid, locale, row, title, isOpen, setOpen, children } = props;
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger>{children}</Popover.Trigger>
      <Popover.Content
        side={window.innerWidth < WIDE ? 'bottom' : 'left'}
        align="start"
        aria-label={title}
      >
        {isOpen && <Content uid={uid} locale={locale} row={row} title={title} />}
      </Popover.Content>
    </Popover.Root>
  );
}

function Content({
  uid,
  locale,
  row,
  title,
}: Omit<EntryCardProps, 'isOpen' | 'setOpen' | 'children'>) {
  const format = useFormat();
  const labels = useLabels();
  const { findEntry } = useApi();
  const [card, setCard] = useState<FindEntryResponse['data'] | null>(null);
  const { reference: documentId } = row;
  useEffect(() => {
    const controller = new AbortController();
    findEntry(uid, { documentId, locale }, controller.signal).then(setCard, () => undefined);
    return () => controller.abort();
  }, [documentId, findEntry, locale, uid]);
  const reasons = reasonsOf(row.explanation, format, labels);
  const groups = card?.groups ?? row.groups;
  const date = card?.date ?? row.date;
  const details = [groups.join(', '), date && format.date(date)].filter(Boolean);
  return (
    <Flex
      direction="column"
      alignItems="stretch"
      gap={3}
      padding={4}
      width="min(32rem, calc(100vw - 3.2rem))"
      style={{ overflowWrap: 'anywhere' }}
    >
      {card?.image && (
        <Box
          tag="img"
          src={addressOf(card.image)}
          alt=""
          width="100%"
          hasRadius
          style={{ maxHeight: '14rem', objectFit: 'cover' }}
        />
      )}
      <Flex direction="column" alignItems="flex-start" gap={1}>
        <Typography tag="h3" variant="omega" fontWeight="bold">
          {title}
        </Typography>
        {details.length > 0 && <Hint>{details.join(' · ')}</Hint>}
        {card && !card.published && <Hint>{format('state.unpublished')}</Hint>}
      </Flex>
      {card?.excerpt && <Typography variant="pi">{card.excerpt}</Typography>}
      {(row.strength || reasons.length > 0) && (
        <Flex direction="column" alignItems="stretch" gap={1}>
          <Typography tag="h4" variant="pi" fontWeight="bold">
            {format('why')}
          </Typography>
          {row.strength && (
            <Typography variant="pi" textColor="neutral600">
              <Strength level={row.strength} />
            </Typography>
          )}
          <ul>
            {reasons.map((reason) => (
              <Typography key={reason} tag="li" variant="pi" textColor="neutral600">
                {reason}
              </Typography>
            ))}
          </ul>
          {row.strength === 'good' && <Hint>{format('why.order')}</Hint>}
        </Flex>
      )}
      <Link
        href={adminPathOf(uid, documentId, locale)}
        target="_blank"
        rel="noopener"
        startIcon={<ExternalLink />}
      >
        {format('action.open')}
      </Link>
    </Flex>
  );
}

/** Returns the full address of a file: it may be on another server than the admin panel. */
function addressOf(url: string): string {
  const { backendURL } = window.strapi as unknown as { backendURL?: string };
  return new URL(url, backendURL ?? window.location.origin).href;
}
