import { ArrowClockwise } from '@strapi/icons';

/** Strapi's icons have a redo alone. */
export function Undo() {
  return <ArrowClockwise aria-hidden style={{ transform: 'scaleX(-1)' }} />;
}
