import type { IndexedDocument } from '../indexed-document';
import { compareDates } from '../signals/date';
import type { TextComparison } from '../signals/text';
import { titleIdf } from '../signals/title';
import type { CollectionStatistics } from '../statistics';

// Which documents are compared with a source in full: the same for every kind of index.

/** How many documents are compared in full. Compared with using all, nDCG loses less than .002 on eleven corpora. */
export const CANDIDATES = 64;
/** In collections up to this size, comparisons are cheap for what they gain, so more documents are compared. */
const MEDIUM_COLLECTION = 5000;
const MORE_CANDIDATES = 100;
/** The shortlist has this many times as many documents as are compared in full. */
export const SHORTLIST = 4;
/** How many of the source's words serve to find candidates: those that weigh most. */
export const QUERY_TERMS = 48;
/** In collections up to this size, all words serve to find candidates: small sites have few words in common. */
export const SMALL_COLLECTION = 1000;
/** At most this many more documents are compared: one for each that is left out of the list. */
export const MAX_MORE = 500;
/** How many more are tried first. */
const FIRST_MORE = 32;
/** How many documents written before and after the source are compared, on sites small enough to find them quickly. */
export const DATE_NEIGHBOURS = 8;
export const MAX_DATED = 20_000;
/** If more documents than this many times the neighbours have these dates, the dates say nothing. */
export const MAX_TIES = 4;
/** An entry that more than this many documents share says too little to make them all candidates. */
const RARE_ENTRY = 50;
/** How many documents are found by their entries, the rarest entries first: an article may have hundreds of tags. */
export const MAX_NEIGHBOURS = 300;

/**
 * Returns the best candidates: as many as wanted, plus those of them that are left out of the list. Others that are
 * left out make no room, so that excluding an entry everywhere does not change lists unrelated to it.
 *
 * @param best Returns the `count` best, in order, of a shortlist that is longer than usual by `room`.
 * @param isReplaced Whether a document is left out of the list. Default: none is.
 */
export function withReplaced(
  best: (count: number, room: number) => number[],
  wanted: number,
  isReplaced?: (slot: number) => boolean,
): number[] {
  const found = best(wanted, 0);
  const replaced = isReplaced ? found.filter(isReplaced).length : 0;
  if (!isReplaced || replaced === 0) return found;
  const list = prolonged(best, wanted, replaced, isReplaced);
  // Some of the replacements may be left out, too. The shortlist gets room for them, but only once.
  const room = list.length - wanted;
  return room <= replaced ? list : prolonged(best, wanted, room, isReplaced);
}

/** Returns the best, down to where as many as wanted are not left out. */
function prolonged(
  best: (count: number, room: number) => number[],
  wanted: number,
  room: number,
  isReplaced: (slot: number) => boolean,
): number[] {
  // In growing steps: one by one, hundreds of documents would take hundreds of searches.
  for (let more = Math.max(FIRST_MORE, 2 * room); ; more *= 4) {
    const count = wanted + Math.min(more, MAX_MORE);
    const all = best(count, room);
    const end = endOf(all, wanted, isReplaced);
    if (end !== null) return all.slice(0, end);
    if (more >= MAX_MORE || all.length < count) return all;
  }
}

/** Returns where as many as wanted are not left out; `null` if there are fewer. */
function endOf(
  slots: readonly number[],
  wanted: number,
  isReplaced: (slot: number) => boolean,
): number | null {
  let left = wanted;
  for (const [at, slot] of slots.entries()) {
    if (!isReplaced(slot)) left -= 1;
    if (left === 0) return at + 1;
  }
  return null;
}

/** How many documents of a collection are compared with a source. */
export const usualCandidates = (size: number): number =>
  size <= MEDIUM_COLLECTION ? MORE_CANDIDATES : CANDIDATES;

/** An entry of a source that few other documents have. */
export interface RareEntry {
  key: number;
  count: number;
}

/** The entries of a source that are rare enough to make the documents that have them candidates. */
export function rareEntries(
  index: Pick<CollectionStatistics, 'taxonomy'>,
  { taxonomy }: IndexedDocument,
  ignoredRelations?: ReadonlySet<string>,
): RareEntry[] {
  return taxonomy
    .filter(({ relation }) => !ignoredRelations?.has(relation))
    .map(({ key }) => ({ key, count: index.taxonomy.count(key) }))
    .filter(({ count }) => count > 0 && count <= RARE_ENTRY);
}

/** What a date adds before a document is compared, relative to the best words; like its weight next to the cosine. */
const DATE_BONUS = 0.36;
/** What title coverage adds, like its weight next to the cosine. */
const COVERAGE_BONUS = 0.35;
/** The assumed rarity of a title word about which nothing is known. */
const UNKNOWN_RARITY = 5;

/** The words of titles, by slot. */
export interface Titles {
  forEach(slot: number, visit: (id: number) => void): void;
}

/** What titles and dates say about a document before it is compared in full, as a share of the best words. */
export function bonusOf(
  index: CollectionStatistics,
  allTitles: Titles,
  source: IndexedDocument,
  text: TextComparison,
): (slot: number) => number {
  const titles = titleBonus(index, allTitles, source, text);
  const dates = compareDates(index, source);
  return (slot) => titles(slot) + DATE_BONUS * dates(slot);
}

/**
 * What a candidate's title is worth before it is compared, as a share of the best words: 0 to `COVERAGE_BONUS`. The
 * rarity of words that the source lacks is not looked up, because that would take longer than all the rest: each of
 * them counts as much as the source's own title words do on average.
 */
function titleBonus(
  index: CollectionStatistics,
  titles: Titles,
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
    titles.forEach(slot, visit);
    return shared > 0 ? (COVERAGE_BONUS * shared) / (shared + missing) : 0;
  };
}
