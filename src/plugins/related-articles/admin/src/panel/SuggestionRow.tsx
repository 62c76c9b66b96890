import { useSortable } from '@dnd-kit/sortable';
import { CSS } from '@dnd-kit/utilities';
import { Box, Flex, IconButton, Link, Typography } from '@strapi/design-system';
import { Drag, Pin } from '@strapi/icons';
import { Link as RouterLink } from 'react-router-dom';
import { styled } from 'styled-components';

import type { PanelRow } from '../../../shared/contracts';
import type { Curating } from './useCuration';
import { pin, unpin } from './decisions';
import { useFormat } from '../shared/format';
import type { Target } from '../shared/links';
import { reasonsOf } from './reasons';
import { pathOf, titleOf } from '../shared/titles';
import { Disclosure } from '../shared/Disclosure';
import { RowMenu } from './RowMenu';
import { StrengthBar } from './StrengthBar';

interface SuggestionRowProps {
  uid: string;
  locale?: string;
  row: PanelRow;
  curation: Curating | null;
  insert: ((target: Target) => void) | null;
  moveUp: (() => void) | null;
  moveDown: (() => void) | null;
}

const Item = styled.li<{ $isDragging: boolean }>`
  display: flex;
  gap: ${({ theme }) => theme.spaces[1]};
  position: relative;
  z-index: ${({ $isDragging }) => ($isDragging ? 1 : 0)};
  background: ${({ theme, $isDragging }) => ($isDragging ? theme.colors.primary100 : 'none')};
  border-radius: ${({ theme }) => theme.borderRadius};
`;

const Handle = styled.button`
  align-self: flex-start;
  padding: ${({ theme }) => theme.spaces[1]} 2px;
  border-radius: ${({ theme }) => theme.borderRadius};
  cursor: grab;
  touch-action: none;
  color: ${({ theme }) => theme.colors.neutral500};
  &:hover,
  &:focus-visible {
    color: ${({ theme }) => theme.colors.neutral800};
  }
  svg {
    display: block;
    width: 1.2rem;
    height: 1.2rem;
  }
`;

export function SuggestionRow(props: SuggestionRowProps) {
  const { uid, locale, row, curation, insert, moveUp, moveDown } = props;
  const format = useFormat();
  const title = titleOf(row, format);
  const {
    attributes,
    listeners,
    setNodeRef,
    setActivatorNodeRef,
    transform,
    transition,
    isDragging,
  } = useSortable({ id: row.reference, disabled: !curation || curation.isBusy });
  const isPinned = row.origin === 'pinned';
  const isKnown = row.state !== 'masked' && row.state !== 'deleted';
  const details = [
    isPinned && format('pinned'),
    row.groups.join(', '),
    row.date && format.date(row.date),
  ].filter(Boolean);
  const reasons = reasonsOf(row.explanation, format);

  const actions = (
    <Flex>
      {curation && (
        <IconButton
          size="XS"
          variant={isPinned ? 'secondary' : 'ghost'}
          label={format(isPinned ? 'action.unpin' : 'action.pin', { title })}
          aria-pressed={isPinned}
          disabled={curation.isBusy}
          onClick={() =>
            isPinned
              ? curation.apply(unpin(row.reference), format('done.unpinned', { title }))
              : curation.apply(pin(row.reference), format('done.pinned', { title }))
          }
        >
          <Pin />
        </IconButton>
      )}
      <RowMenu
        uid={uid}
        locale={locale}
        row={row}
        title={title}
        curation={curation}
        insert={insert}
        moveUp={moveUp}
        moveDown={moveDown}
      />
    </Flex>
  );

  return (
    <Item
      ref={setNodeRef}
      $isDragging={isDragging}
      style={{ transform: CSS.Translate.toString(transform), transition }}
    >
      {curation && (
        <Handle
          type="button"
          ref={setActivatorNodeRef}
          {...attributes}
          {...listeners}
          aria-label={format('drag.handle', { title })}
        >
          <Drag aria-hidden />
        </Handle>
      )}
      <Flex direction="column" alignItems="stretch" gap={1} flex="1" minWidth={0}>
        <Box style={{ overflowWrap: 'anywhere' }}>
          {isKnown ? (
            <Link tag={RouterLink} to={pathOf(uid, row.reference, locale)}>
              {title}
            </Link>
          ) : (
            <Typography textColor="neutral600">{title}</Typography>
          )}
        </Box>
        {details.length > 0 && (
          <Typography variant="pi" textColor="neutral600">
            {details.join(' · ')}
          </Typography>
        )}
        {row.strength !== null && <StrengthBar strength={row.strength} />}
        {(row.state === 'unpublished' || row.state === 'beyond') && (
          <Typography variant="pi" textColor="warning700">
            {format(`state.${row.state}`)}
          </Typography>
        )}
        <Disclosure label={format('why')} beside={actions}>
          {reasons.length > 0 && (
            <Flex tag="ul" direction="column" alignItems="stretch" gap={1}>
              {reasons.map((reason) => (
                <Typography key={reason} tag="li" variant="pi" textColor="neutral600">
                  {reason}
                </Typography>
              ))}
            </Flex>
          )}
        </Disclosure>
      </Flex>
    </Item>
  );
}
