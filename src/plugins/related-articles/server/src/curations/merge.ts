import { isSameRef, refKey } from '../engine/engine';
import type { Decisions, Pin } from './curation';

/**
 * Merges three ways: applies the changes between `base` and `mine` to `theirs`. Changes of different entries never
 * conflict.
 *
 * @returns `null` if both changed the same entry differently.
 */
export function mergeDecisions(
  base: Decisions,
  mine: Decisions,
  theirs: Decisions,
): Decisions | null {
  const [here, there] = [changesOf(base, mine), changesOf(base, theirs)];
  for (const [key, state] of here) if ((there.get(key) ?? state) !== state) return null;
  // If both made the same change, keep theirs.
  const isMine = (ref: Pin) => here.has(refKey(ref)) && !there.has(refKey(ref));
  const pins = theirs.pins.filter((pin) => !isMine(pin));
  const isNew = (pin: Pin) => !base.pins.some((known) => isSameRef(known, pin));
  mine.pins.forEach((pin, at) => {
    if (!isMine(pin)) return;
    let place = placeAfter(mine.pins.slice(0, at), pins);
    // Of two new pins in the same place, theirs was there first.
    while (isNew(pin) && place < pins.length && isNew(pins[place]) && !isMine(pins[place])) place += 1; // prettier-ignore
    pins.splice(place, 0, pin);
  });
  return {
    pins,
    exclusions: [
      ...theirs.exclusions.filter((ref) => !isMine(ref)),
      ...mine.exclusions.filter(isMine),
    ],
    isHidden: base.isHidden === mine.isHidden ? theirs.isHidden : mine.isHidden,
  };
}

/** Returns the place after the nearest of the given pins that is in the list; the front if none is. */
function placeAfter(before: readonly Pin[], pins: readonly Pin[]): number {
  for (const ref of [...before].reverse()) {
    const place = pins.findIndex((pin) => isSameRef(pin, ref));
    if (place >= 0) return place + 1;
  }
  return 0;
}

/** Returns the keys of what a change is about: its entries, and whether the document may be suggested. */
export function touchedBy(before: Decisions, after: Decisions): Set<string> {
  const keys = new Set(changesOf(before, after).keys());
  return before.isHidden === after.isHidden ? keys : keys.add('hidden');
}

/** The entries that were changed, each with what became of it. */
function changesOf(before: Decisions, after: Decisions): Map<string, string> {
  const [old, now] = [statesOf(before), statesOf(after)];
  const changes = new Map<string, string>();
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const state = now.get(key) ?? '';
    if (state !== (old.get(key) ?? '')) changes.set(key, state);
  }
  for (const { key, place } of movedPins(before, after)) changes.set(key, `moved to ${place}`);
  return changes;
}

function statesOf({ pins, exclusions }: Decisions): Map<string, string> {
  return new Map([
    ...exclusions.map((ref) => [refKey(ref), 'excluded'] as const),
    ...pins.map((pin) => [refKey(pin), `pinned until ${pin.until ?? ''}`] as const),
  ]);
}

/** Returns the pins that must move to turn one order into the other; only those in both with the same end. */
function movedPins(before: Decisions, after: Decisions): { key: string; place: number }[] {
  const old = new Map(before.pins.map((pin, place) => [refKey(pin), { pin, place }]));
  const common = after.pins
    .map((pin) => ({ key: refKey(pin), until: pin.until }))
    .filter(({ key, until }) => old.has(key) && old.get(key)?.pin.until === until)
    .map(({ key }, place) => ({ key, place, from: old.get(key)?.place ?? 0 }));
  const stayed = longestRising(common.map(({ from }) => from));
  return common.filter((_, at) => !stayed.has(at));
}

/** Returns the places of a longest rising subsequence, the first of several; quadratic, because lists are short. */
function longestRising(values: readonly number[]): Set<number> {
  const lengths: number[] = [];
  const before: number[] = [];
  let longest = -1;
  for (const [at, value] of values.entries()) {
    before[at] = -1;
    lengths[at] = 1;
    for (let other = 0; other < at; other += 1) {
      if (values[other] >= value || lengths[other] < lengths[at]) continue;
      before[at] = other;
      lengths[at] = lengths[other] + 1;
    }
    if (longest < 0 || lengths[at] > lengths[longest]) longest = at;
  }
  const places = new Set<number>();
  for (let at = longest; at >= 0; at = before[at]) places.add(at);
  return places;
}
