import { useCallback } from 'react';

/** Keeps the panel in sight while somebody writes; if it does not fit into the window, it scrolls within itself. */
export function useStickyPanel(): (content: HTMLElement | null) => void {
  return useCallback((content) => {
    const panel = content?.closest('aside');
    if (!panel) return;
    Object.assign(panel.style, {
      position: 'sticky',
      top: '1.6rem',
      maxHeight: 'calc(100vh - 3.2rem)',
      overflowY: 'auto',
    });
    // Strapi's column of panels ends with the last panel, and a panel sticks only within its column.
    const column = panel.parentElement;
    if (column) column.style.height = '100%';
  }, []);
}
