import {
  DndContext,
  KeyboardSensor,
  PointerSensor,
  closestCenter,
  useSensor,
  useSensors,
  type Announcements,
  type DragEndEvent,
  type UniqueIdentifier,
} from '@dnd-kit/core';
import {
  SortableContext,
  sortableKeyboardCoordinates,
  verticalListSortingStrategy,
} from '@dnd-kit/sortable';
import { Flex } from '@strapi/design-system';
import { useRef, useState, type MutableRefObject } from 'react';

import type { PanelRow } from '../../../shared/contracts';
import { useFormat, type Format } from '../shared/format';
import type { Target } from '../shared/links';
import { titleOf } from '../shared/titles';
import { decisionsIn, move, pinUntil, type Change } from './decisions';
import type { Decided } from './jobs';
import { PinUntil } from './PinUntil';
import { SuggestionRow } from './SuggestionRow';
import type { Curating } from './useCuration';
import { useHeldOrder } from './useHeldOrder';
import { useKeptFocus } from './useKeptFocus';

/** The page scrolls only at its very edges: the list often begins near one. */
const AUTO_SCROLL = { threshold: { x: 0, y: 0.04 } };

const NONE: PanelRow[] = [];

interface SuggestionListProps {
  uid: string;
  locale?: string;
  label: string;
  rows: PanelRow[];
  /** What fills the list after them, with a note that says so. */
  filled?: { rows: PanelRow[]; note: string };
  /** `null` for someone who may not change the list. */
  curation: Curating | null;
  /** The rows of the list itself, if `rows` are not in it. Then `rows` cannot be reordered. */
  beside?: PanelRow[];
  excluded: ReadonlySet<string>;
  /** Puts a link at the end of the body; `null` where there is none. */
  insert: ((target: Target) => void) | null;
}

/** The list in the order in which readers get it; dragging pins the order. */
export function SuggestionList(props: SuggestionListProps) {
  const { uid, locale, label, rows, filled, curation, beside, excluded, insert } = props;
  const isOrdered = beside === undefined;
  const format = useFormat();
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  const hasMoved = useRef(false);
  const list = useRef<HTMLOListElement>(null);
  const elsewhere = { rows: beside ?? NONE, excluded };
  const { rows: shown, hold, release } = useHeldOrder([...rows, ...(filled?.rows ?? NONE)], list, elsewhere); // prettier-ignore
  const firstFiller = shown.findIndex(({ isFiller }) => isFiller);
  const focus = useKeptFocus(list);
  const references = rows.map(({ reference }) => reference);
  /** The row whose dialog is open, and what was decided when it opened: both may change meanwhile. */
  const [dated, setDated] = useState<{ row: PanelRow; seen?: Decided } | null>(null);

  const apply = (change: Change, message: string, seen?: Decided) => {
    hold();
    curation?.apply(change, message, seen);
  };
  const moveTo = (from: number, to: number) => {
    if (!curation || from < 0 || to < 0 || from === to || to >= rows.length) return;
    release();
    const title = titleOf(rows[from], format);
    const change = move(rows, from, to);
    const above = newPinsOf(change, rows) - Number(rows[from].origin !== 'pinned');
    curation.apply(change, format('done.moved', { title, place: to + 1, above }));
  };
  const onDragEnd = ({ active, over }: DragEndEvent) => {
    if (over) moveTo(references.indexOf(String(active.id)), references.indexOf(String(over.id)));
  };

  return (
    <DndContext
      sensors={sensors}
      collisionDetection={closestCenter}
      autoScroll={AUTO_SCROLL}
      onDragStart={release}
      onDragEnd={onDragEnd}
      accessibility={{
        announcements: announcementsOf(rows, format, hasMoved),
        screenReaderInstructions: { draggable: format('drag.instructions') },
      }}
    >
      <SortableContext items={references} strategy={verticalListSortingStrategy}>
        <Flex
          tag="ol"
          ref={list}
          direction="column"
          alignItems="stretch"
          aria-label={label}
          {...focus}
        >
          {shown.map((row, at) => {
            const place = references.indexOf(row.reference);
            return (
              <SuggestionRow
                key={row.reference}
                uid={uid}
                locale={locale}
                row={row}
                isGone={row.isGone}
                above={
                  row.wasPinned ? shown.slice(0, at).map(({ reference }) => reference) : undefined
                }
                note={at === firstFiller ? (filled?.note ?? null) : null}
                apply={curation && apply}
                insert={insert}
                pinUntil={() => setDated({ row, seen: curation?.look() })}
                hasHandle={isOrdered && curation !== null && !row.isFiller}
                isMovable={place >= 0}
                moveTop={isOrdered && place > 1 ? () => moveTo(place, 0) : null}
                moveUp={isOrdered && place > 0 ? () => moveTo(place, place - 1) : null}
                moveDown={
                  isOrdered && place >= 0 && place < rows.length - 1
                    ? () => moveTo(place, place + 1)
                    : null
                }
              />
            );
          })}
        </Flex>
      </SortableContext>
      {curation && dated && (
        <PinUntil
          title={titleOf(dated.row, format)}
          until={dated.row.until}
          onClose={() => setDated(null)}
          onSave={(until) => {
            setDated(null);
            const { row, seen } = dated;
            const title = titleOf(row, format);
            const message = until
              ? format('done.pinnedUntil', { title, date: format.date(until) })
              : format('done.pinned', { title });
            apply(pinUntil(row.reference, until), message, seen);
          }}
        />
      )}
    </DndContext>
  );
}

/** How many rows a change pins that were not pinned before. */
function newPinsOf(change: Change, rows: readonly PanelRow[]): number {
  const before = decisionsIn(rows, [], { isHidden: false });
  return change(before).pins.length - before.pins.length;
}

function announcementsOf(
  rows: PanelRow[],
  format: Format,
  hasMoved: MutableRefObject<boolean>,
): Announcements {
  const placeOf = (id: UniqueIdentifier) => rows.findIndex(({ reference }) => reference === id) + 1;
  const titleAt = (id: UniqueIdentifier) => {
    const row = rows[placeOf(id) - 1];
    return row ? titleOf(row, format) : '';
  };
  const count = rows.length;
  return {
    onDragStart: ({ active }) => {
      hasMoved.current = false;
      return format('drag.start', { title: titleAt(active.id), place: placeOf(active.id), count });
    },
    onDragOver: ({ active, over }) => {
      // At first it is over itself: announcing that would replace the message that it was picked up.
      if (!over || (over.id === active.id && !hasMoved.current)) return undefined;
      hasMoved.current = true;
      return format('drag.over', { title: titleAt(active.id), place: placeOf(over.id), count });
    },
    onDragEnd: ({ active, over }) =>
      over
        ? format('drag.end', { title: titleAt(active.id), place: placeOf(over.id), count })
        : undefined,
    onDragCancel: ({ active }) => format('drag.cancel', { title: titleAt(active.id) }),
  };
}
