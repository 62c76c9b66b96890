import type { DocumentRef } from '../engine/engine';
import type { Decisions, Pin } from './curation';

/** What a change of whether the document may be suggested is about, where others are about a documentId. */
export const HIDDEN = '';

/**
 * Merges three ways: applies the changes between `base` and `mine` to `theirs`. Changes of different entries never
 * conflict, unless no order has all pins as both sides have moved them.
 *
 * @returns `null` if both changed the same entry differently, or the order in ways that exclude each other.
 */
export function mergeDecisions(
  base: Decisions,
  mine: Decisions,
  theirs: Decisions,
): Decisions | null {
  const [here, there] = [changesOf(base, mine), changesOf(base, theirs)];
  for (const [key, state] of here) if ((there.get(key) ?? state) !== state) return null;
  const common = commonOrder(base.pins, mine.pins, theirs.pins);
  if (!common) return null;
  // If both made the same change, keep theirs.
  const isMine = ({ documentId }: DocumentRef) => here.has(documentId) && !there.has(documentId);
  const ownPins = byId(mine.pins.filter(isMine));
  const theirPins = byId(theirs.pins);
  const isCommon = new Set(common);
  const pins = reordered(
    theirs.pins.filter((pin) => !isMine(pin) || isCommon.has(pin.documentId)),
    common,
  ).flatMap((id) => ownPins.get(id) ?? theirPins.get(id) ?? []);
  const old = byId(base.pins);
  const isNew = (pin: Pin) => !old.has(pin.documentId);
  for (const [at, pin] of mine.pins.entries()) {
    if (!isMine(pin) || isCommon.has(pin.documentId)) continue;
    let place = placeAfter(mine.pins.slice(0, at), pins);
    // Of two new pins in the same place, theirs was there first.
    while (isNew(pin) && place < pins.length && isNew(pins[place]) && !isMine(pins[place])) place += 1; // prettier-ignore
    pins.splice(place, 0, pin);
  }
  return {
    pins,
    exclusions: [
      ...theirs.exclusions.filter((ref) => !isMine(ref)),
      ...mine.exclusions.filter(isMine),
    ],
    isHidden: base.isHidden === mine.isHidden ? theirs.isHidden : mine.isHidden,
  };
}

const byId = (pins: readonly Pin[]): ReadonlyMap<string, Pin> =>
  new Map(pins.map((pin) => [pin.documentId, pin]));

/** Returns the place after the nearest of the given pins that is in the list; the front if none is. */
function placeAfter(before: readonly Pin[], pins: readonly Pin[]): number {
  for (const { documentId } of [...before].reverse()) {
    const place = pins.findIndex((pin) => pin.documentId === documentId);
    if (place >= 0) return place + 1;
  }
  return 0;
}

/**
 * Returns the pins that are in all three lists: of any two, one comes before the other as either side has moved it, and
 * as before if neither has. `null` if that is no order.
 */
function commonOrder(...lists: (readonly Pin[])[]): string[] | null {
  const [base, ...sides] = lists.map(
    (list) => new Map(list.map(({ documentId }, place) => [documentId, place])),
  );
  const ids = [...base.keys()].filter((id) => sides.every((side) => side.has(id)));
  const isBefore = (order: ReadonlyMap<string, number>, one: string, other: string) =>
    Number(order.get(one)) < Number(order.get(other));
  const comesBefore = (one: string, other: string) => {
    const before = isBefore(base, one, other);
    return sides.some((side) => isBefore(side, one, other) !== before) ? !before : before;
  };
  const order: string[] = [];
  for (const id of ids) {
    const place = ids.filter((other) => other !== id && comesBefore(other, id)).length;
    // In a circle, two have as many before them.
    if (order[place] !== undefined) return null;
    order[place] = id;
  }
  return order;
}

/** Puts some of the pins into an order. Moves as few as possible, so that all others keep their neighbours. */
function reordered(pins: readonly Pin[], order: readonly string[]): string[] {
  const places = new Map(order.map((id, place) => [id, place]));
  const ids = pins.map(({ documentId }) => documentId);
  const ordered = ids.filter((id) => places.has(id));
  const stay = new Set(longestRising(ordered.map((id) => places.get(id) ?? 0)));
  const list = ids.filter((id) => !places.has(id) || stay.has(places.get(id) ?? 0));
  for (const [place, id] of order.entries()) {
    if (stay.has(place)) continue;
    const next = order.slice(place + 1).find((_, at) => stay.has(place + 1 + at));
    const at = place > 0 ? list.indexOf(order[place - 1]) + 1 : next ? list.indexOf(next) : 0;
    list.splice(at, 0, id);
  }
  return list;
}

/** Returns the values of a longest rising subsequence. */
function longestRising(values: readonly number[]): number[] {
  const lengths = risingLengths(values);
  const found: number[] = [];
  for (let at = values.length - 1, left = Math.max(0, ...lengths); at >= 0; at -= 1) {
    if (lengths[at] !== left || (found.length > 0 && values[at] > found[0])) continue;
    found.unshift(values[at]);
    left -= 1;
  }
  return found;
}

/** Returns what both sides have changed in the same way, as `touchedBy` does. */
export function agreedIn(base: Decisions, mine: Decisions, theirs: Decisions): string[] {
  const there = changesOf(base, theirs);
  return [...changesOf(base, mine)].flatMap(([key, state]) => (there.get(key) === state ? [key] : [])); // prettier-ignore
}

/**
 * Returns what a change is about: the documentIds of entries, two of them with a space in between for pins that have
 * changed places, and `''` for whether the document may be suggested.
 */
export const touchedBy = (before: Decisions, after: Decisions): Set<string> =>
  new Set(changesOf(before, after).keys());

/** Returns the documentIds of two pins that have changed places; none if a change is about something else. */
export function pairIn(about: string): string[] {
  const ids = about.split(' ');
  return ids.length > 1 ? ids : [];
}

/** What was changed, each with what became of it. */
function changesOf(before: Decisions, after: Decisions): Map<string, string> {
  const [old, now] = [statesOf(before), statesOf(after)];
  const changes = new Map<string, string>();
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const state = now.get(key) ?? '';
    if (state !== (old.get(key) ?? '')) changes.set(key, state);
  }
  const pins = pinsInBoth(before, after);
  for (const { documentId, place } of movedPins(pins)) {
    if (!changes.has(documentId)) changes.set(documentId, `moved to ${place}`);
  }
  for (const [at, one] of pins.entries()) {
    for (const other of pins.slice(0, at)) {
      if (other.from < one.from) continue;
      const pair = [one.documentId, other.documentId].sort();
      changes.set(pair.join(' '), 'swapped');
    }
  }
  if (before.isHidden !== after.isHidden) changes.set(HIDDEN, 'changed');
  return changes;
}

function statesOf({ pins, exclusions }: Decisions): Map<string, string> {
  return new Map([
    ...exclusions.map(({ documentId }) => [documentId, 'excluded'] as const),
    ...pins.map(({ documentId, until }) => [documentId, `pinned until ${until ?? ''}`] as const),
  ]);
}

interface PinInBoth {
  documentId: string;
  /** Its place among them, and the one before in the whole list. */
  place: number;
  from: number;
}

function pinsInBoth(before: Decisions, after: Decisions): PinInBoth[] {
  const old = new Map(before.pins.map((pin, from) => [pin.documentId, from]));
  return after.pins
    .flatMap(({ documentId }) => {
      const from = old.get(documentId);
      return from === undefined ? [] : [{ documentId, from }];
    })
    .map((pin, place) => ({ ...pin, place }));
}

/**
 * Returns the pins that were moved for certain, however one order was turned into the other: those in no longest rising
 * subsequence. Of two neighbours that have changed places, either may have been moved.
 */
function movedPins(pins: readonly PinInBoth[]): PinInBoth[] {
  const places = pins.map(({ from }) => from);
  const to = risingLengths(places);
  const from = risingLengths(places.map((place) => -place).reverse()).reverse();
  const longest = Math.max(0, ...to);
  return pins.filter((_, at) => to[at] + from[at] - 1 < longest);
}

/** Returns how long the longest rising subsequence is that ends with each value; quadratic, because lists are short. */
function risingLengths(values: readonly number[]): number[] {
  const lengths: number[] = [];
  for (const [at, value] of values.entries()) {
    const before = lengths.filter((_, other) => values[other] < value);
    lengths[at] = 1 + Math.max(0, ...before);
  }
  return lengths;
}
