import type { IndexedDocument } from '../indexed-document';
import type { RankQuery } from '../ranking/query';
import { compareDates, earliestDate } from '../signals/date';
import type { LinkComparison } from '../signals/links';
import type { TextComparison } from '../signals/text';
import { titleIdf } from '../signals/title';
import { CANDIDATES, findCandidates } from './coarse-search';
import type { CollectionIndex } from './collection-index';
import { dateNeighbours, taxonomyNeighbours } from './neighbours';

/** How many documents written before and after the source are compared, on sites small enough to find them quickly. */
const DATE_NEIGHBOURS = 8;
const MAX_DATED = 20_000;
/** How many documents are compared in addition because others are left out of the list: as many, up to this. */
const MAX_MORE = 500;

/** The documents that are compared with a source in full, in no order: found by words, titles, dates, links and shared entries. */
export function candidatesFor(
  index: CollectionIndex,
  source: IndexedDocument,
  links: LinkComparison,
  text: TextComparison,
  { exclude, maxAge, maxCandidates, ignoredRelations, pinned = [] }: RankQuery,
): IndexedDocument[] {
  const accept = (slot: number) => slot !== source.slot;
  const bonus = bonusOf(index, source, text);
  const find = (more: number, leaveOut?: (scores: Uint16Array) => void) =>
    findCandidates(index, source, accept, bonus, maxCandidates, more, leaveOut);
  const found = find(Math.min(MAX_MORE, exclude?.size ?? 0));
  // Where more is left out than is compared in addition, what is left is looked for by itself.
  const isCrowded = (exclude?.size ?? 0) > MAX_MORE || maxAge !== undefined;
  const left = isCrowded ? find(0, leavingOut(index, exclude, maxAge)) : [];
  const others = [
    ...pinned.map((id) => index.get(id)?.slot).filter((slot) => slot !== undefined),
    ...links.neighbours(maxCandidates ?? CANDIDATES),
    ...taxonomyNeighbours(index, source, ignoredRelations),
    ...(index.size <= MAX_DATED ? dateNeighbours(index, source, DATE_NEIGHBOURS) : []),
  ];
  const slots = new Set([...found, ...left]);
  for (const slot of others) if (accept(slot)) slots.add(slot);
  return Array.from(slots, (slot) => index.at(slot));
}

/** Takes what is excluded or too old out of a search. */
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

/** What a date is worth relative to the best words before a document is compared, like its weight beside the cosine. */
const DATE_BONUS = 0.36;

/** What titles and dates say about a document before it is compared in full, as a share of the best words. */
function bonusOf(
  index: CollectionIndex,
  source: IndexedDocument,
  text: TextComparison,
): (slot: number) => number {
  const titles = titleBonus(index, source, text);
  const dates = compareDates(index, source);
  return (slot) => titles(slot) + DATE_BONUS * dates(slot);
}

/** Like the weight of that part of the score beside the cosine. */
const COVERAGE_BONUS = 0.35;
/** The rarity assumed for a title word about which nothing is known. */
const UNKNOWN_RARITY = 5;

/**
 * What a candidate's title is worth before it is compared, as a share of the best words: 0 to `COVERAGE_BONUS`. The
 * rarity of words that the source lacks is not looked up, because that would take longer than all the rest: each of
 * them counts as much as the source's own title words do on average.
 */
function titleBonus(
  index: CollectionIndex,
  { title }: IndexedDocument,
  text: TextComparison,
): (slot: number) => number {
  let sum = 0;
  for (const id of title) sum += titleIdf(index, id);
  const usual = title.length > 0 ? sum / title.length : UNKNOWN_RARITY;
  let shared = 0;
  let missing = 0;
  const visit = (id: number): void => {
    const rarity = text.rarityInSource(id);
    if (rarity > 0) shared += rarity;
    else missing += usual;
  };
  return (slot) => {
    shared = 0;
    missing = 0;
    index.slotTitles.forEach(slot, visit);
    return shared > 0 ? (COVERAGE_BONUS * shared) / (shared + missing) : 0;
  };
}
