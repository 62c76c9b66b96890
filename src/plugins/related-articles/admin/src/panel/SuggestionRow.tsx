import { useSortable } from '@dnd-kit/sortable';
import { CSS } from '@dnd-kit/utilities';
import { Flex, Typography } from '@strapi/design-system';
import { Drag, Pin } from '@strapi/icons';
import { useState } from 'react';
import { styled } from 'styled-components';

import type { PanelRow, Reference } from '../../../shared/contracts';
import { AllowAgain } from '../shared/AllowAgain';
import { Hint } from '../shared/Hint';
import { SmallButton } from '../shared/SmallButton';
import { useFormat } from '../shared/format';
import type { Target } from '../shared/links';
import { titleOf } from '../shared/titles';
import { pin, pinUntil as changeEnd, restore, unpin, type Change } from './decisions';
import { EntryCard } from './EntryCard';
import { RowDetails } from './RowDetails';
import { RowMenu } from './RowMenu';

interface SuggestionRowProps {
  uid: string;
  locale?: string;
  row: PanelRow;
  /** Whether it has been removed, and only keeps its place. */
  isGone: boolean;
  /** The note above it. */
  note: string | null;
  /** The rows above the place that it had as a pin; `undefined` where it had none. */
  above: readonly Reference[] | undefined;
  /** `null` for someone who may not change the list. */
  apply: ((change: Change, message: string) => void) | null;
  insert: ((target: Target) => void) | null;
  hasHandle: boolean;
  /** Whether the handle works: a row that has left the list only keeps its place. */
  isMovable: boolean;
  moveTop: (() => void) | null;
  moveUp: (() => void) | null;
  moveDown: (() => void) | null;
  /** Asks until when it is pinned. */
  pinUntil: () => void;
}

const Item = styled.li<{ $isDragging: boolean; $isGone: boolean }>`
  display: grid;
  grid-template: 'note note note' 'handle title title' 'handle meta actions' 'handle details details' / auto 1fr auto;
  align-items: center;
  column-gap: 2px;
  padding: ${({ theme }) => theme.spaces[1]} 0;
  position: relative;
  z-index: ${({ $isDragging }) => ($isDragging ? 1 : 0)};
  background: ${({ theme, $isDragging }) =>
    $isDragging ? theme.colors.primary100 : theme.colors.neutral0};
  border-radius: ${({ theme }) => theme.borderRadius};
  & + & {
    border-top: 1px solid ${({ theme }) => theme.colors.neutral150};
  }
  [data-title] {
    text-decoration: ${({ $isGone }) => ($isGone ? 'line-through' : 'none')};
  }
`;

const Handle = styled.button`
  grid-area: handle;
  width: 2.4rem;
  height: 100%;
  min-height: 2.4rem;
  margin-left: -0.6rem;
  display: grid;
  place-items: center;
  border-radius: ${({ theme }) => theme.borderRadius};
  cursor: grab;
  touch-action: none;
  color: ${({ theme }) => theme.colors.neutral500};
  &:hover,
  &:focus-visible {
    color: ${({ theme }) => theme.colors.neutral800};
  }
  svg {
    width: 1.2rem;
    height: 1.2rem;
  }
`;

const Title = styled.button`
  display: -webkit-box;
  -webkit-box-orient: vertical;
  -webkit-line-clamp: 2;
  overflow: hidden;
  text-align: start;
  line-height: 1.3;
  overflow-wrap: anywhere;
  border-radius: ${({ theme }) => theme.borderRadius};
  color: ${({ theme }) => theme.colors.neutral800};
  &:hover {
    color: ${({ theme }) => theme.colors.primary600};
    text-decoration: underline;
  }
`;

/** Shows the title, how closely it is related, what can be done with it, and a line of further details. */
export function SuggestionRow(props: SuggestionRowProps) {
  const { uid, locale, row, isGone, note, above, apply, insert, hasHandle, isMovable, moveTop, moveUp, moveDown, pinUntil } = props; // prettier-ignore
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
  } = useSortable({ id: row.reference, disabled: !hasHandle || !isMovable || isGone });
  const [isCardOpen, setCardOpen] = useState(false);
  const isPinned = row.origin === 'pinned' && !isGone;
  const isKnown = row.state !== 'masked' && row.state !== 'deleted';
  return (
    <Item
      ref={setNodeRef}
      data-row={row.reference}
      $isDragging={isDragging}
      $isGone={isGone}
      style={{ transform: CSS.Translate.toString(transform), transition }}
    >
      {note && (
        <div style={{ gridArea: 'note' }}>
          <Hint>{note}</Hint>
        </div>
      )}
      {hasHandle && (
        <Handle
          type="button"
          ref={setActivatorNodeRef}
          disabled={!isMovable}
          {...attributes}
          {...listeners}
          data-control="handle"
          aria-label={format('drag.handle', { title })}
        >
          <Drag aria-hidden />
        </Handle>
      )}
      <div style={{ gridArea: 'title', minWidth: 0 }}>
        {isKnown ? (
          <EntryCard
            uid={uid}
            locale={locale}
            row={row}
            title={title}
            isOpen={isCardOpen}
            setOpen={setCardOpen}
          >
            <Title type="button" data-control="title">
              <Typography
                variant="omega"
                fontWeight="semiBold"
                textColor="currentcolor"
                lineHeight="inherit"
                data-title
              >
                {title}
              </Typography>
            </Title>
          </EntryCard>
        ) : (
          <Typography textColor="neutral600" data-title>
            {title}
          </Typography>
        )}
      </div>
      <RowDetails row={row} isGone={isGone} showWhy={() => setCardOpen(true)} />
      <Flex gap={1} style={{ gridArea: 'actions' }}>
        {apply && isGone && (
          <AllowAgain
            title={title}
            onClick={() =>
              apply(
                // Restores what it was: a pin, or a suggestion like any other.
                row.origin === 'pinned'
                  ? changeEnd(row.reference, row.until ?? null, above)
                  : restore(row.reference),
                format('done.restored', { title }),
              )
            }
          />
        )}
        {apply && !isGone && (
          <SmallButton
            variant={isPinned ? 'secondary' : 'ghost'}
            data-control="pin"
            withTooltip={false}
            label={format(isPinned ? 'action.unpin' : 'action.pin', { title })}
            aria-pressed={isPinned}
            onClick={() =>
              isPinned
                ? apply(unpin(row.reference), format('done.unpinned', { title }))
                : apply(pin(row.reference, above), format('done.pinned', { title }))
            }
          >
            <Pin />
          </SmallButton>
        )}
        {!isGone && (
          <RowMenu
            uid={uid}
            locale={locale}
            row={row}
            title={title}
            apply={apply}
            insert={insert}
            showWhy={() => setCardOpen(true)}
            moveTop={moveTop}
            moveUp={moveUp}
            moveDown={moveDown}
            pinUntil={pinUntil}
          />
        )}
      </Flex>
    </Item>
  );
}
