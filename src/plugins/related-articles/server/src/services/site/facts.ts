import type { Curation } from '../../curations/curation';
import type { Survey } from './survey';

/** What is known of one entry and its list. */
export interface EntryFacts {
  /** How many suggestions its list shows. */
  length: number;
  /** The score of the best one, 0 to 1. */
  best: number;
  /** How many lists it is in. */
  appearsOn: number;
  pins: number;
  /** Pins that readers do not get. */
  lostPins: number;
  /** Links that lead nowhere, as written. */
  deadLinks: readonly string[];
  /** documentIds of entries with the same text. */
  duplicates: readonly string[];
  isHidden: boolean;
}

/** @param readable Documents that may be seen, in any list; `null` for all. */
export function factsOf(
  { lists, deadLinks }: Survey,
  curations: readonly Curation[],
  readable: ReadonlySet<string> | null,
): Map<string, EntryFacts> {
  const isSeen = (id: string) => readable === null || readable.has(id);
  const appearsOn = new Map<string, number>();
  const duplicates = new Map<string, Set<string>>();
  const pair = (a: string, b: string) => {
    const known = duplicates.get(a);
    if (known) known.add(b);
    else duplicates.set(a, new Set([b]));
  };
  for (const [id, { documentIds, copies }] of lists) {
    if (!isSeen(id)) continue;
    for (const one of documentIds) appearsOn.set(one, (appearsOn.get(one) ?? 0) + 1);
    for (const [a, b] of copies) {
      if (!isSeen(a) || !isSeen(b)) continue;
      pair(a, b);
      pair(b, a);
    }
  }
  const decided = new Map(curations.map((curation) => [curation.sourceId, curation]));
  const isLost = (pin: string) => !lists.has(pin) || (decided.get(pin)?.isHidden ?? false);
  const facts = new Map<string, EntryFacts>();
  for (const [id, { documentIds, best }] of lists) {
    if (!isSeen(id)) continue;
    const { pins = [], isHidden = false } = decided.get(id) ?? {};
    facts.set(id, {
      length: documentIds.filter(isSeen).length,
      best,
      appearsOn: appearsOn.get(id) ?? 0,
      pins: pins.filter((pin) => isSeen(pin.documentId)).length,
      lostPins: pins.filter(({ documentId }) => isLost(documentId)).length,
      deadLinks: deadLinks?.get(id) ?? [],
      duplicates: [...(duplicates.get(id) ?? [])],
      isHidden,
    });
  }
  return facts;
}

/** How many results are kept of each survey: for editors who may read everything, and for one who may not. */
const MAX_KEPT = 2;

interface Kept {
  curations: readonly Curation[];
  readable: ReadonlySet<string> | null;
  facts: ReadonlyMap<string, EntryFacts>;
}

/** Keeps facts as long as nothing has changed: finding them takes half a second for a hundred thousand entries. */
export class KnownFacts {
  private readonly kept = new WeakMap<Survey, Kept[]>();

  of(
    survey: Survey,
    curations: readonly Curation[],
    readable: ReadonlySet<string> | null,
  ): ReadonlyMap<string, EntryFacts> {
    const all = this.kept.get(survey) ?? [];
    const isSame = (one: Kept) =>
      one.readable === readable &&
      one.curations.length === curations.length &&
      one.curations.every((curation, at) => curation === curations[at]);
    const known = all.find(isSame);
    if (known) return known.facts;
    const facts = factsOf(survey, curations, readable);
    this.kept.set(survey, [{ curations, readable, facts }, ...all].slice(0, MAX_KEPT));
    return facts;
  }
}
