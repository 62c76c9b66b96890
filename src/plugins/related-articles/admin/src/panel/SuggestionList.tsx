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
  arrayMove,
  SortableContext,
  sortableKeyboardCoordinates,
  verticalListSortingStrategy,
} from '@dnd-kit/sortable';
import { Flex } from '@strapi/design-system';

import { useRef, type MutableRefObject } from 'react';

import type { PanelRow } from '../../../shared/contracts';
import type { Curating } from './useCuration';
import { reorder } from './decisions';
import { useFormat, type Format } from '../shared/format';
import type { Target } from '../shared/links';
import { titleOf } from '../shared/titles';
import { SuggestionRow } from './SuggestionRow';

interface SuggestionListProps {
  uid: string;
  locale?: string;
  rows: PanelRow[];
  /** `null` for someone who may not change the list. */
  curation: Curating | null;
  /** Puts a link at the end of the body; `null` where there is none. */
  insert: ((target: Target) => void) | null;
}

/** The list in the order in which readers get it; dragging pins the order. */
export function SuggestionList({ uid, locale, rows, curation, insert }: SuggestionListProps) {
  const format = useFormat();
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  const hasMoved = useRef(false);
  const references = rows.map(({ reference }) => reference);

  const move = (from: number, to: number) => {
    if (!curation || from < 0 || to < 0 || from === to || to >= rows.length) return;
    // What is below the last one that is moved or pinned stays free to change.
    const lastPin = rows.map(({ origin }) => origin).lastIndexOf('pinned');
    const end = Math.max(from, to, lastPin) + 1;
    const title = titleOf(rows[from], format);
    curation.apply(
      reorder(
        arrayMove(references, from, to).slice(0, end),
        rows.filter(({ origin }) => origin === 'pinned').map(({ reference }) => reference),
      ),
      format('done.moved', { title, place: to + 1 }),
    );
  };
  const onDragEnd = ({ active, over }: DragEndEvent) => {
    if (over) move(references.indexOf(String(active.id)), references.indexOf(String(over.id)));
  };

  return (
    <DndContext
      sensors={sensors}
      collisionDetection={closestCenter}
      onDragEnd={onDragEnd}
      accessibility={{
        announcements: announcementsOf(rows, format, hasMoved),
        screenReaderInstructions: { draggable: format('drag.instructions') },
      }}
    >
      <SortableContext items={references} strategy={verticalListSortingStrategy}>
        <Flex tag="ol" direction="column" alignItems="stretch" gap={3} aria-label={format('list')}>
          {rows.map((row, place) => (
            <SuggestionRow
              key={row.reference}
              uid={uid}
              locale={locale}
              row={row}
              curation={curation}
              insert={insert}
              moveUp={place > 0 ? () => move(place, place - 1) : null}
              moveDown={place < rows.length - 1 ? () => move(place, place + 1) : null}
            />
          ))}
        </Flex>
      </SortableContext>
    </DndContext>
  );
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
      // At once it is over itself, which would be said in place of that it is picked up.
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
