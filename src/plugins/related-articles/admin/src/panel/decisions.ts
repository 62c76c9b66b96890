import type {
  CurationState,
  PanelEntry,
  PanelRow,
  Reference,
  SaveCurationRequest,
} from '../../../shared/contracts';

/** What an editor decided about an entry and its list. */
export interface Decisions {
  pins: Reference[];
  exclusions: Reference[];
  /** When pins end, as ISO dates; those without an end are not in it. */
  ends: Record<Reference, string>;
  /** Whether the entry itself is never suggested anywhere. */
  isHidden: boolean;
}

/** A change of decisions; it can be applied again to what somebody else has decided meanwhile. */
export type Change = (decisions: Decisions) => Decisions;

export function decisionsIn(
  rows: readonly PanelRow[],
  exclusions: readonly PanelEntry[],
  { isHidden }: Pick<CurationState, 'isHidden'>,
): Decisions {
  const pins = rows.filter(({ origin }) => origin === 'pinned');
  return {
    pins: pins.map(({ reference }) => reference),
    exclusions: exclusions.map(({ reference }) => reference),
    ends: Object.fromEntries(
      pins.flatMap(({ reference, until }) => (until ? [[reference, until]] : [])),
    ),
    isHidden,
  };
}

/** Returns the decisions in the form that the server takes. */
export function bodyOf({
  pins,
  exclusions,
  ends,
  isHidden,
}: Decisions): Omit<SaveCurationRequest, 'revision' | 'stamp'> {
  return {
    pins: pins.map((reference) =>
      ends[reference] ? { reference, until: ends[reference] } : reference,
    ),
    exclusions,
    hidden: isHidden,
  };
}

const without = (list: readonly Reference[], reference: Reference) =>
  list.filter((other) => other !== reference);

/** @param above What is shown above it, so that a pin that was just removed comes back to its place. Default: all. */
export const pin =
  (reference: Reference, above?: readonly Reference[]): Change =>
  ({ pins, exclusions, ...rest }) => {
    const isAbove = pins.map((other) => above?.includes(other) ?? true);
    const at = isAbove.lastIndexOf(true) + 1;
    return {
      ...rest,
      pins: pins.includes(reference) ? pins : [...pins.slice(0, at), reference, ...pins.slice(at)],
      exclusions: without(exclusions, reference),
    };
  };

/** @param until An ISO date; `null` for a pin that stays. */
export const pinUntil =
  (reference: Reference, until: string | null, above?: readonly Reference[]): Change =>
  (decisions) => {
    const ends = { ...decisions.ends };
    if (until === null) delete ends[reference];
    else ends[reference] = until;
    return { ...pin(reference, above)(decisions), ends };
  };

/** A pin that is made again later does not end when this one would have. */
export const unpin =
  (reference: Reference): Change =>
  ({ pins, ends, ...rest }) => ({
    ...rest,
    ends: Object.fromEntries(Object.entries(ends).filter(([pinned]) => pinned !== reference)),
    pins: without(pins, reference),
  });

export const exclude =
  (reference: Reference): Change =>
  ({ exclusions, ...rest }) => ({
    ...unpin(reference)({ exclusions, ...rest }),
    exclusions: [...without(exclusions, reference), reference],
  });

export const restore =
  (reference: Reference): Change =>
  ({ exclusions, ...rest }) => ({ ...rest, exclusions: without(exclusions, reference) });

export const hide =
  (isHidden: boolean): Change =>
  (decisions) => ({ ...decisions, isHidden });

/** Goes back to the list that the plugin makes. */
export const clear: Change = ({ isHidden }) => ({ pins: [], exclusions: [], ends: {}, isHidden });

/**
 * Moves a row and pins all rows down to its new place, but nothing below it that was not pinned before.
 *
 * @param rows The rows as shown.
 */
export function move(rows: readonly PanelRow[], from: number, to: number): Change {
  const moved = rows[from];
  const others = rows.filter((row) => row !== moved);
  const order = [...others.slice(0, to), moved, ...others.slice(to)];
  const lastPin = order.map(({ origin }) => origin).lastIndexOf('pinned');
  const pinned = order.slice(0, Math.max(to, lastPin) + 1).map(({ reference }) => reference);
  const seen = rows.filter(({ origin }) => origin === 'pinned').map(({ reference }) => reference);
  return reorder(pinned, seen);
}

/**
 * Pins an order. What somebody else pinned meanwhile comes after it, and what they excluded or unpinned stays out.
 *
 * @param seen The pins that the editor saw.
 */
export const reorder =
  (order: readonly Reference[], seen: readonly Reference[]): Change =>
  ({ pins, exclusions, ...rest }) => {
    const stays = (reference: Reference) =>
      !exclusions.includes(reference) && (pins.includes(reference) || !seen.includes(reference));
    return {
      ...rest,
      pins: [...order.filter(stays), ...pins.filter((reference) => !order.includes(reference))],
      exclusions,
    };
  };

/** Returns the rows as they will be, until the server answers. */
export function preview(
  rows: readonly PanelRow[],
  { pins, exclusions, ends }: Decisions,
): PanelRow[] {
  const known = new Map(rows.map((row) => [row.reference, row]));
  const pinned = pins
    .map((reference) => known.get(reference))
    .filter((row) => row !== undefined)
    .map((row) => ({ ...row, origin: 'pinned' as const, until: ends[row.reference] ?? null }));
  const rest = rows
    .filter(({ reference }) => !pins.includes(reference) && !exclusions.includes(reference))
    .map((row) => ({ ...row, origin: 'suggested' as const, until: null }))
    // An unpinned row that readers do not get disappears.
    .filter(({ state }) => state === 'published');
  return [...pinned, ...rest];
}
