import { refKey, type DocumentRef, type Query, type Suggestion } from '../engine/engine';
import { isChosen } from './limited';

/** What the best of a list is worth at least, where links alone make it. */
const LEAST = 0.001;

/**
 * Makes one list of several: each document once, sorted by the sum of what it is worth in each (CombSUM; Fox and Shaw,
 * "Combination of Multiple Searches", TREC-2, 1994). Pins, picks and placed documents come first. A copy of what comes
 * before it is left out.
 *
 * @param onBest Called with a document and the list in which it has its highest score so far.
 */
export function summed(
  lists: readonly (readonly Suggestion[])[],
  { pinned = [] }: Pick<Query, 'pinned'>,
  onBest: (ref: DocumentRef, list: number) => void,
): Suggestion[] {
  const sums = new Map<string, Suggestion>();
  const copies = new Map<string, Map<string, DocumentRef>>();
  const worths: Map<string, number>[] = [];
  for (const [at, list] of lists.entries()) {
    const worth = worthIn(list);
    worths.push(new Map(list.map((one) => [refKey(one), worth(one)])));
    for (const one of list) {
      const key = refKey(one);
      const known = sums.get(key);
      const isBest = !known || one.score > known.score;
      if (isBest) onBest(one, at);
      const fusedScore = worth(one) + (known?.fusedScore ?? 0);
      const picked = one.picked ?? known?.picked;
      const placed = one.placed ?? known?.placed;
      sums.set(key, { ...(isBest ? one : known), fusedScore, ...(picked && { picked }), ...(placed && { placed }) }); // prettier-ignore
      for (const copy of one.copies ?? []) {
        copies.set(key, (copies.get(key) ?? new Map()).set(refKey(copy), copy));
      }
    }
  }
  for (const [key, one] of withCopies(sums, copies, worths)) sums.set(key, one);
  const pins = pinned.flatMap((pin) => sums.get(refKey(pin)) ?? []);
  for (const pin of pins) sums.delete(refKey(pin));
  const rest = [...sums.values()].sort(
    (a, b) =>
      chosenness(b) - chosenness(a) ||
      b.fusedScore - a.fusedScore ||
      (a.documentId < b.documentId ? -1 : 1),
  );
  const shown = new Set<string>();
  const copied = new Set<string>();
  return [...pins.map((pin) => ({ ...pin, pinned: true })), ...rest].filter((one) => {
    const own = (one.copies ?? []).map(refKey);
    const isCopy = copied.has(refKey(one)) || own.some((copy) => shown.has(copy));
    if (isCopy && !isChosen(one)) return false;
    shown.add(refKey(one));
    for (const copy of own) copied.add(copy);
    return true;
  });
}

/** Adds what copies of suggestions are worth in lists where they stand for them. */
function* withCopies(
  sums: ReadonlyMap<string, Suggestion>,
  copies: ReadonlyMap<string, ReadonlyMap<string, DocumentRef>>,
  worths: readonly ReadonlyMap<string, number>[],
): Iterable<[string, Suggestion]> {
  for (const [key, own] of copies) {
    const one = sums.get(key) as Suggestion;
    let { fusedScore } = one;
    for (const worth of worths) {
      if (worth.has(key)) continue;
      for (const copy of own.keys()) fusedScore += worth.get(copy) ?? 0;
    }
    yield [key, { ...one, fusedScore, copies: [...own.values()] }];
  }
}

/**
 * What a suggestion is worth among several lists: its place by the fused score, which has all signals and rules, on the
 * scale of the absolute score, which says how close a list is to its source at all.
 */
function worthIn(list: readonly Suggestion[]): (one: Suggestion) => number {
  const [fused, score] = list.reduce(
    ([most, best], one) => [Math.max(most, one.fusedScore), Math.max(best, one.score)],
    [0, 0],
  );
  // Signals of the project may make all scores negative.
  if (fused <= 0) return ({ score: own }) => own;
  return ({ fusedScore }) => (fusedScore / fused) * Math.max(score, LEAST);
}

/** Editors' picks for any of the sources come first, then what rules place there, then what the ranking finds. */
const chosenness = ({ picked, placed }: Suggestion): number => (picked ? 2 : placed ? 1 : 0);
