import { Turns } from '../../engine/steps';

/** How many items are sorted in one step. */
const PIECE = 2000;

/** Sorts like `Array.sort`, but lets other work of the process run in between (bottom-up merge sort). */
export async function sortedInTurns<T>(
  items: readonly T[],
  compare: (a: T, b: T) => number,
): Promise<T[]> {
  const turns = new Turns();
  let runs: T[][] = [];
  for (let at = 0; at < items.length; at += PIECE) {
    runs.push(items.slice(at, at + PIECE).sort(compare));
    await turns.give();
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let at = 0; at < runs.length; at += 2) {
      merged.push(at + 1 < runs.length ? await merge(runs[at], runs[at + 1], compare, turns) : runs[at]); // prettier-ignore
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

async function merge<T>(
  one: readonly T[],
  other: readonly T[],
  compare: (a: T, b: T) => number,
  turns: Turns,
): Promise<T[]> {
  const all: T[] = [];
  for (let [at, to] = [0, 0]; at < one.length || to < other.length;) {
    const isOne = to >= other.length || (at < one.length && compare(one[at], other[to]) <= 0);
    if (isOne) all.push(one[at++]);
    else all.push(other[to++]);
    if (all.length % PIECE === 0) await turns.give();
  }
  return all;
}

/** How many orders are kept of the same facts. */
const MAX_KEPT = 6;

/** Orders of entries, each as long as the facts are the same: turning a page need not sort them all again. */
export class Orders {
  private readonly kept = new WeakMap<object, Map<string, Promise<readonly string[]>>>();

  /** @param key Everything else that the order depends on. */
  of(
    facts: object,
    key: string,
    make: () => Promise<readonly string[]>,
  ): Promise<readonly string[]> {
    const all = this.kept.get(facts) ?? new Map<string, Promise<readonly string[]>>();
    this.kept.set(facts, all);
    const known = all.get(key);
    if (known) return known;
    const made = make();
    all.set(key, made);
    for (const oldest of all.keys()) if (all.size > MAX_KEPT) all.delete(oldest);
    made.catch(() => all.delete(key));
    return made;
  }
}
