import { useLayoutEffect, useRef, type FocusEvent, type RefObject } from 'react';

interface Focused {
  row: string;
  place: number;
  control: string;
}

/** Each row of a list carries `data-row`, and each focusable element in it `data-control`. */
const rowsIn = (list: Element) => [...list.querySelectorAll<HTMLElement>('[data-row]')];

/**
 * Keeps the focus in a list whose rows move and disappear: on the same control of the same row, or on the title of the
 * row that took its place.
 */
export function useKeptFocus(list: RefObject<HTMLElement>): {
  onFocus(event: FocusEvent<HTMLElement>): void;
  onBlur(event: FocusEvent<HTMLElement>): void;
} {
  const focused = useRef<Focused | null>(null);
  useLayoutEffect(() => {
    const { current } = focused;
    const isLost = document.activeElement === null || document.activeElement === document.body;
    if (!current || !list.current || !isLost) return;
    const rows = rowsIn(list.current);
    const same = rows.find(({ dataset }) => dataset.row === current.row);
    const row = same ?? rows[Math.min(current.place, rows.length - 1)];
    const control = same ? current.control : 'title';
    row?.querySelector<HTMLElement>(`[data-control="${control}"]`)?.focus();
  });
  return {
    onFocus({ target }) {
      const row = target.closest<HTMLElement>('[data-row]');
      const control = target.closest<HTMLElement>('[data-control]');
      if (!row || !control || !list.current) return;
      focused.current = {
        row: row.dataset.row ?? '',
        place: rowsIn(list.current).indexOf(row),
        control: control.dataset.control ?? '',
      };
    },
    onBlur({ target, relatedTarget }) {
      // Without a next element, the focused one was removed or moved, unless it is still there a moment later: then the
      // editor has clicked on an empty part of the page. Menus and cards give the focus back.
      const isElsewhere = relatedTarget !== null && !list.current?.contains(relatedTarget);
      if (isElsewhere && !relatedTarget.closest('[role=menu], [role=dialog]')) focused.current = null; // prettier-ignore
      const { current } = focused;
      if (relatedTarget !== null || !current) return;
      setTimeout(() => {
        const isThere = target.isConnected && !target.matches(':disabled');
        const isLeft = isThere && document.activeElement === document.body && document.hasFocus();
        if (isLeft && focused.current === current) focused.current = null;
      });
    },
  };
}
