import { useCallback } from 'react';

/** Keeps the panel in sight while somebody writes, where the window has room for it: it scrolls within itself then. */
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
    // Strapi's column of panels ends with the last of them, and a panel sticks within its column.
    const column = panel.parentElement;
    if (column) column.style.height = '100%';
  }, []);
}
