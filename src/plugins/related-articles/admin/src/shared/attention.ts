/** How long somebody counts as present after they last did something, in milliseconds. */
const PRESENT_MS = 5 * 60_000;
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'focus'] as const;

let lastSignAt = Date.now();

/** Begins to notice whether somebody is there. */
export function payAttention(): void {
  const note = () => {
    lastSignAt = Date.now();
  };
  for (const sign of SIGNS) window.addEventListener(sign, note, { capture: true, passive: true });
}

/**
 * Whether somebody is looking at the page. What is asked for by a timer waits for them: each request renews the session,
 * which Strapi ends after a while if nobody is there.
 */
export const isAttended = (): boolean =>
  document.visibilityState === 'visible' && Date.now() - lastSignAt < PRESENT_MS;
