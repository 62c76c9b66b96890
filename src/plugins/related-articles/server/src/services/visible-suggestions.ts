import { isOutage, refKey, type DocumentRef, type Query, type Suggestion } from '../engine/engine';
import { afterOthers } from '../engine/steps';
import type { FoundDocuments } from '../permissions/documents';

/** How many of the best-ranked documents are considered where many are hidden from the caller. */
const SEARCH_CAP = 1600;
/** How often a list is computed again because hidden documents took places, had copies, or counted. */
const MAX_ROUNDS = 8;
/** How many requests to the type's own list one search may add to those that any list takes. */
const MORE_PAGES = 5;

/** What is known before a search: how far to look, and what the caller may not have. */
export interface Search {
  maxCandidates: number;
  unseen: ReadonlyMap<string, DocumentRef>;
}

export interface SearchOptions {
  query: Query & { pinned: readonly DocumentRef[]; maxCandidates: number };
  rank(query: Query): Promise<readonly Suggestion[]>;
  /** How many documents one request to the type's own list asks for. */
  pageSize: number;
  /** Returns the documents that the links of the list lead through. */
  linked(): Promise<readonly DocumentRef[]>;
  /** Which documents the caller gets. */
  find(documentIds: readonly string[]): Promise<FoundDocuments>;
  /** Whether a document that is not found may just not match the caller's filters. */
  isFiltered: boolean;
  /** Whether many documents may be hidden from the caller, including copies of visible ones. */
  isGuarded: boolean;
  /**
   * Whether the caller may try words: then the search goes on until nothing that is compared is hidden. The point where
   * it gave up would reveal words.
   */
  isTried: boolean;
  /** @throws when the request has taken too long to go on. */
  checkTime?(): Promise<void>;
}

export interface FoundSuggestions {
  visible: Suggestion[];
  read: FoundDocuments['read'];
  search: Search;
}

/**
 * Searches a ranking for documents that the caller may have. Those that the caller may not have, or that were just
 * unpublished, do not count, take places, hide their copies or affect other documents: the search goes further down
 * instead, to `SEARCH_CAP` at most.
 */
export async function findVisible(
  { query, rank, linked, pageSize, find, isFiltered, isGuarded, isTried, checkTime }: SearchOptions,
  start: Search,
): Promise<FoundSuggestions> {
  const unseen = new Map(start.unseen);
  const seen = new Set<string>();
  let pages = isTried ? Infinity : Math.ceil(query.maxCandidates / pageSize) + MORE_PAGES;
  const pause = async () => {
    await checkTime?.();
    // Rankings take milliseconds each, and SQLite queries never yield to other requests.
    await afterOthers();
  };
  const isKnown = (ref: DocumentRef) => seen.has(refKey(ref)) || unseen.has(refKey(ref));
  let reading: FoundDocuments['read'] | null = null;
  /** Asks for those that no earlier round has asked for. */
  const ask = async (refs: readonly DocumentRef[]): Promise<FoundDocuments['read']> => {
    const asked = refs.filter((ref) => !isKnown(ref)).slice(0, pages * pageSize);
    if (asked.length === 0 && reading) return reading;
    pages -= Math.max(1, Math.ceil(asked.length / pageSize));
    for (let at = 0; at === 0 || at < asked.length; at += pageSize) {
      // This may be about many documents, for a caller who is gone by now.
      if (at > 0) await pause();
      const part = asked.slice(at, at + pageSize);
      const { has, read } = await find(part.map(({ documentId }) => documentId));
      for (const { uid, documentId } of part) {
        const ref = { uid, documentId };
        if (has(documentId)) seen.add(refKey(ref));
        else unseen.set(refKey(ref), ref);
      }
      reading = read;
    }
    return reading as FoundDocuments['read'];
  };
  // Documents that links lead through affect other scores. If words may be tried, links lead only through candidates.
  if (isGuarded && !isTried && !isFiltered) {
    const refs = await linked();
    pages += Math.ceil(refs.length / pageSize);
    if (refs.length > 0) await ask(refs);
  }
  let { maxCandidates } = start;
  /** How far to look ahead if words may be tried. */
  let ahead = maxCandidates;
  /** The result of the last round. */
  let before: FoundSuggestions | null = null;
  for (let round = 1; ; round += 1) {
    const hidden = [...unseen.values()];
    // A document that does not match a filter is not hidden: it counts as it does without the filter.
    const uncounted = isFiltered ? [...start.unseen.values()] : hidden;
    let suggestions: readonly Suggestion[];
    try {
      suggestions = await rank({ ...query, maxCandidates, unseen: hidden, uncounted });
    } catch (error) {
      // No better list can be made during an outage: return the last good one, without what was just unpublished.
      if (!isOutage(error)) throw error;
      if (before && !isGuarded) return before;
      if (!error.givesNothing) throw error;
      suggestions = [];
    }
    const pinned = query.pinned.filter((pin) => !unseen.has(refKey(pin)));
    const all = withPins(pinned, suggestions);
    const candidates = isFiltered ? all.slice(0, pinned.length + query.maxCandidates) : all;
    const hiddenBefore = unseen.size;
    const read = await ask(candidates);
    const visible = candidates.filter((one) => seen.has(refKey(one)));
    const found = { visible, read, search: { maxCandidates, unseen } };
    const copied = isGuarded ? candidates : candidates.filter((one) => !seen.has(refKey(one)));
    const copies = copied.flatMap((one) => one.copies ?? []).filter((ref) => !isKnown(ref));
    if (copies.length > 0 && pages > 0) await ask(copies);
    const isHiding = unseen.size > hiddenBefore;
    if (isTried && !isFiltered) {
      // Compare as many as if nothing were hidden; only look at those that come next, to save rounds.
      const isAhead = maxCandidates > start.maxCandidates;
      if (!isHiding && !isAhead) return found;
      if (!isAhead) ahead *= 2;
      maxCandidates = isAhead ? start.maxCandidates : ahead;
      await pause();
      continue;
    }
    const wanted = depthFor(query.maxCandidates, visible.length, unseen.size);
    const deeper = isFiltered ? 0 : wanted;
    // Documents found to be hidden no longer count.
    const countsLess = !isFiltered && isHiding;
    const hasNew = copies.length > 0 || deeper > maxCandidates || countsLess;
    if (round === MAX_ROUNDS || pages <= 0 || !isHiding || !hasNew) return found;
    before = found;
    maxCandidates = Math.max(maxCandidates, deeper);
    await pause();
  }
}

/** How many candidates are needed to fill a list when only some are visible; 0 when it is full. */
function depthFor(wanted: number, visible: number, hidden: number): number {
  if (visible >= wanted || hidden === 0) return 0;
  const share = Math.max(1, visible) / (Math.max(1, visible) + hidden);
  return Math.min(SEARCH_CAP, Math.ceil((1.1 * wanted) / share));
}

/** Whether a suggestion is a pin that is not in the index (yet). */
export const isNotIndexed = ({ pinned, fusedScore, score }: Suggestion): boolean =>
  pinned && score === 0 && fusedScore === 0;

/** Adds pins that are not in the index (yet) in their places. */
export function withPins(
  pinned: readonly DocumentRef[],
  ranked: readonly Suggestion[],
): Suggestion[] {
  const pins = new Map(ranked.filter((entry) => entry.pinned).map((pin) => [refKey(pin), pin]));
  return [
    ...pinned.map(
      (ref) => pins.get(refKey(ref)) ?? { ...ref, pinned: true, score: 0, fusedScore: 0 },
    ),
    ...ranked.filter((suggestion) => !suggestion.pinned),
  ];
}
