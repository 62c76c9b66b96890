import type { PanelEntry, PanelRow, Reference } from '../../../shared/contracts';

/** What an editor decided about a list. */
export interface Decisions {
  pins: Reference[];
  exclusions: Reference[];
}

/** A change of decisions; it can be made again on what somebody else decided meanwhile. */
export type Change = (decisions: Decisions) => Decisions;

export function decisionsIn(
  rows: readonly PanelRow[],
  exclusions: readonly PanelEntry[],
): Decisions {
  return {
    pins: rows.filter(({ origin }) => origin === 'pinned').map(({ reference }) => reference),
    exclusions: exclusions.map(({ reference }) => reference),
  };
}

const without = (list: readonly Reference[], reference: Reference) =>
  list.filter((other) => other !== reference);

export const pin =
  (reference: Reference): Change =>
  ({ pins, exclusions }) => ({
    pins: pins.includes(reference) ? pins : [...pins, reference],
    exclusions: without(exclusions, reference),
  });

export const unpin =
  (reference: Reference): Change =>
  ({ pins, exclusions }) => ({ pins: without(pins, reference), exclusions });

export const exclude =
  (reference: Reference): Change =>
  ({ pins, exclusions }) => ({
    pins: without(pins, reference),
    exclusions: [...without(exclusions, reference), reference],
  });

export const restore =
  (reference: Reference): Change =>
  ({ pins, exclusions }) => ({ pins, exclusions: without(exclusions, reference) });

/**
 * Pins an order. What somebody else pinned meanwhile comes behind it, and what they excluded or unpinned stays out.
 *
 * @param seen The pins that the editor saw.
 */
export const reorder =
  (order: readonly Reference[], seen: readonly Reference[]): Change =>
  ({ pins, exclusions }) => {
    const stays = (reference: Reference) =>
      !exclusions.includes(reference) && (pins.includes(reference) || !seen.includes(reference));
    return {
      pins: [...order.filter(stays), ...pins.filter((reference) => !order.includes(reference))],
      exclusions,
    };
  };

export const replaceBy =
  (decisions: Decisions): Change =>
  () =>
    decisions;

/** The rows as they will be, until the server says so. */
export function preview(rows: readonly PanelRow[], { pins, exclusions }: Decisions): PanelRow[] {
  const known = new Map(rows.map((row) => [row.reference, row]));
  const pinned = pins
    .map((reference) => known.get(reference))
    .filter((row) => row !== undefined)
    .map((row) => ({ ...row, origin: 'pinned' as const }));
  const rest = rows
    .filter(({ reference }) => !pins.includes(reference) && !exclusions.includes(reference))
    .map((row) => ({ ...row, origin: 'suggested' as const }))
    // What was a pin that nobody gets is none any more.
    .filter(({ state }) => state === 'published');
  return [...pinned, ...rest];
}
