import { useState } from 'react';

import type { PanelRow } from '../../../shared/contracts';

export interface HeldRow extends PanelRow {
  /** Whether it has been taken out of the list, and only keeps its place under the pointer. */
  isGone: boolean;
}

export interface HeldOrder {
  rows: HeldRow[];
  /** Keeps every row where it is until the pointer leaves the list. */
  hold(): void;
  release(): void;
}

/** Rows in their order, which stands still while somebody points at them. */
export function useHeldOrder(rows: readonly PanelRow[]): HeldOrder {
  const [held, setHeld] = useState<readonly PanelRow[] | null>(null);
  return {
    rows: held ? inOrderOf(held, rows) : rows.map(asShown),
    hold: () => setHeld((before) => before ?? rows),
    release: () => setHeld(null),
  };
}

const asShown = (row: PanelRow): HeldRow => ({ ...row, isGone: false });

function inOrderOf(held: readonly PanelRow[], rows: readonly PanelRow[]): HeldRow[] {
  const now = new Map(rows.map((row) => [row.reference, row]));
  const kept = held.map((row) => {
    const current = now.get(row.reference);
    return current ? asShown(current) : { ...row, isGone: true };
  });
  const known = new Set(held.map(({ reference }) => reference));
  return [...kept, ...rows.filter(({ reference }) => !known.has(reference)).map(asShown)];
}
