import { useEffect, useRef, useState, type RefObject } from 'react';

import type { PanelRow } from '../../../shared/contracts';

export interface HeldRow extends PanelRow {
  /** Whether it has been removed, and only keeps its place under the pointer. */
  isGone: boolean;
  /** Whether it was only a filler when it got its place. */
  isFiller: boolean;
  /** Whether it was pinned when it got its place, so that it goes back there if it is pinned again. */
  wasPinned: boolean;
}

/** Where rows may have gone. */
export interface Elsewhere {
  /** Rows of another list. */
  rows: readonly PanelRow[];
  excluded: ReadonlySet<string>;
}

export interface HeldOrder {
  rows: HeldRow[];
  /** If the pointer is over the list: keeps every row where it is until it has left. */
  hold(): void;
  release(): void;
}

/** Returns rows in an order that does not change while somebody points at them. */
export function useHeldOrder(
  rows: readonly PanelRow[],
  list: RefObject<HTMLElement>,
  elsewhere: Elsewhere,
): HeldOrder {
  const [held, setHeld] = useState<readonly PanelRow[] | null>(null);
  const isHeld = held !== null;
  /** The rows as they were shown last, before they were removed. */
  const last = useRef(new Map<string, PanelRow>());
  useEffect(() => {
    if (!isHeld) return undefined;
    // The list gets no event if the pointer leaves it together with a menu that closes.
    const look = ({ target }: Event) => {
      if (!isPartOf(list.current, target)) setHeld(null);
    };
    document.addEventListener('pointermove', look);
    document.documentElement.addEventListener('pointerleave', look);
    return () => {
      document.removeEventListener('pointermove', look);
      document.documentElement.removeEventListener('pointerleave', look);
    };
  }, [isHeld, list]);
  const shown = held ? inOrderOf(held, rows, elsewhere, last.current) : rows.map(asShown);
  if (!isHeld) last.current.clear();
  for (const row of shown) if (!row.isGone) last.current.set(row.reference, row);
  return {
    rows: shown,
    hold: () => {
      if (isPointed(list.current)) setHeld((before) => before ?? rows);
    },
    release: () => setHeld(null),
  };
}

/** Whether something is in the list, or in a menu of one of its rows. */
function isPartOf(list: HTMLElement | null, target: EventTarget | null): boolean {
  if (!list || !(target instanceof Element)) return false;
  return list.contains(target) || target.closest('[role=menu]') !== null;
}

/** Whether somebody points at the list. After a touch, an element still counts as hovered, but nobody points at it. */
const isPointed = (list: HTMLElement | null): boolean =>
  window.matchMedia('(hover: hover)').matches &&
  isPartOf(list, [...document.querySelectorAll(':hover')].pop() ?? null);

const asShown = (row: PanelRow): HeldRow => ({
  ...row,
  isGone: false,
  isFiller: row.origin === 'fallback',
  wasPinned: false,
});

function inOrderOf(
  held: readonly PanelRow[],
  rows: readonly PanelRow[],
  elsewhere: Elsewhere,
  last: ReadonlyMap<string, PanelRow>,
): HeldRow[] {
  const now = new Map([...elsewhere.rows, ...rows].map((row) => [row.reference, row]));
  const kept = held.map((row): HeldRow => {
    const isFiller = row.origin === 'fallback';
    const wasPinned = row.origin === 'pinned';
    const current = now.get(row.reference);
    if (current) return { ...current, isGone: false, isFiller, wasPinned };
    const isGone = elsewhere.excluded.has(row.reference);
    if (isGone) return { ...(last.get(row.reference) ?? row), isGone, isFiller, wasPinned };
    // It was unpinned and is no longer in the list.
    return { ...row, origin: 'suggested', until: null, isGone, isFiller, wasPinned };
  });
  const known = new Set(held.map(({ reference }) => reference));
  return [...kept, ...rows.filter(({ reference }) => !known.has(reference)).map(asShown)];
}
