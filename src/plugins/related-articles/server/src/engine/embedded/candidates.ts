import type { IndexedDocument } from '../indexed-document';
import { placedFirst, type RankQuery } from '../ranking/query';
import {
  bonusOf,
  CANDIDATES,
  DATE_NEIGHBOURS,
  MAX_DATED,
  MAX_MORE,
} from '../ranking/candidate-rules';
import { earliestDate } from '../signals/date';
import type { LinkComparison } from '../signals/links';
import type { TextComparison } from '../signals/text';
import { findCandidates } from './coarse-search';
import type { CollectionIndex } from './collection-index';
import { dateNeighbours, taxonomyNeighbours } from './neighbours';

/** Finds what to compare with a source in full, in no order: by words, titles, dates, links and shared entries. */
export function candidatesFor(
  index: CollectionIndex,
  source: IndexedDocument,
  links: LinkComparison,
  text: TextComparison,
  query: RankQuery,
): IndexedDocument[] {
  const { exclude, maxAge, maxCandidates, ignoredRelations, isLeftOut } = query;
  const accept = (slot: number) => slot !== source.slot;
  const isThere = (slot: number) => accept(slot) && !isLeftOut?.(index.at(slot));
  const bonus = bonusOf(index, index.slotTitles, source, text);
  const find = (
    leaveOut?: (scores: Uint16Array) => void,
    isReplaced?: (slot: number) => boolean,
  ): number[] =>
    findCandidates(index, source, accept, bonus, { depth: maxCandidates, leaveOut, isReplaced });
  const forget = isLeftOut && forgetting(index, isLeftOut);
  const isReplaced = (slot: number) => exclude?.has(index.at(slot).id) ?? false;
  const found = find(forget, query.forgetsLeftOut || !exclude?.size ? undefined : isReplaced);
  // If more documents are left out than may be compared in addition, search for the remaining ones separately.
  const isCrowded =
    !query.forgetsLeftOut && ((exclude?.size ?? 0) > MAX_MORE || maxAge !== undefined);
  const left = isCrowded ? find(leavingOut(index, exclude, maxAge)) : [];
  const others = [
    ...placedFirst(source, query)
      .map((id) => index.get(id)?.slot)
      .filter((slot) => slot !== undefined),
    ...links.neighbours(maxCandidates ?? CANDIDATES),
    ...taxonomyNeighbours(index, source, ignoredRelations),
    ...(index.size <= MAX_DATED ? dateNeighbours(index, source, DATE_NEIGHBOURS) : []),
  ];
  const slots = new Set([...found, ...left]);
  for (const slot of others) if (isThere(slot)) slots.add(slot);
  return Array.from(slots, (slot) => index.at(slot));
}

/** Removes documents that are treated as absent from a search. */
function forgetting(
  index: CollectionIndex,
  isLeftOut: (document: IndexedDocument) => boolean,
): (scores: Uint16Array) => void {
  return (scores) => {
    for (let slot = 0; slot < scores.length; slot += 1) {
      if (scores[slot] > 0 && isLeftOut(index.at(slot))) scores[slot] = 0;
    }
  };
}

/** Removes excluded and too old documents from a search. */
function leavingOut(
  index: CollectionIndex,
  exclude: ReadonlySet<string> = new Set(),
  maxAge: number | undefined,
): (scores: Uint16Array) => void {
  const earliest = earliestDate(index, maxAge);
  return (scores) => {
    for (const id of exclude) {
      const slot = index.get(id)?.slot;
      if (slot !== undefined) scores[slot] = 0;
    }
    if (earliest === null) return;
    for (let slot = 0; slot < scores.length; slot += 1) {
      if (index.dates.at(slot) < earliest) scores[slot] = 0;
    }
  };
}
