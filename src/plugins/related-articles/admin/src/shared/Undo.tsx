import { ArrowClockwise } from '@strapi/icons';

/** Mirrors the redo icon: Strapi has no icon for undo. */
export function Undo() {
  return <ArrowClockwise aria-hidden style={{ transform: 'scaleX(-1)' }} />;
}
