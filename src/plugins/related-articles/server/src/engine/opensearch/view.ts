import type { IndexedDocument } from '../indexed-document';
import {
  bonusOf,
  CANDIDATES,
  SHORTLIST,
  usualCandidates,
  withReplaced,
} from '../ranking/candidate-rules';
import {
  CLASS_BITS,
  coarseScorer,
  frequencyAt,
  FULL_SCORE,
  queryTerms,
  USUAL_BEST,
} from '../ranking/coarse';
import { equalStatistics } from '../ranking/local-rarity';
import { placedFirst, type RankQuery } from '../ranking/query';
import type { RankableCollection } from '../ranking/rank';
import { MAX_FAN_OUT, type LinkComparison } from '../signals/links';
import type { TextComparison } from '../signals/text';
import type { CollectionCounts } from './collection-counts';
import {
  nothingWanted,
  stubOf,
  type FoundDocument,
  type FoundId,
  type Linking,
  type TextHit,
  type Wanted,
} from './found';
import { MAX_RESCORED } from './kept-here';
import type { TermNumbers } from './term-numbers';

const NOTHING: readonly never[] = [];
/** How many documents that link to an address are read at first; if there are more, their number is usually enough. */
export const FEW_LINKING = MAX_FAN_OUT + 1;

interface Scored {
  slot: number;
  score: number;
}

export interface ViewOptions {
  counts: CollectionCounts;
  numbers: TermNumbers;
  /** The text of each of the source's words by its number, for explanations. */
  texts: () => ReadonlyMap<number, string>;
  /** Whether all words count as equally rare, and a link means all documents with its address. Default: false. */
  hasEqualWords?: boolean;
}

/**
 * The part of a collection that one list is made from. The ranking runs over it; what it asks for that is not here yet
 * is noted in `wanted` and treated as absent, and once it has been fetched, the ranking runs again. So the cluster is
 * asked only for what the ranking looks at.
 */
export class CollectionView implements RankableCollection {
  wanted = nothingWanted();
  readonly dictionary: RankableCollection['dictionary'];
  readonly bigrams: RankableCollection['bigrams'];
  readonly titles: RankableCollection['titles'];
  readonly endings: RankableCollection['endings'];
  readonly taxonomy: RankableCollection['taxonomy'];
  readonly dates: RankableCollection['dates'];
  readonly links: RankableCollection['links'];

  private readonly counts: CollectionCounts;
  private readonly numbers: TermNumbers;
  private readonly slots = new Map<string, number>();
  private readonly documents: IndexedDocument[] = [];
  /** By slot: whether the document was read in full, and whether its links are known. */
  private readonly isRead: boolean[] = [];
  private readonly hasLinks: boolean[] = [];
  private readonly sequences: number[] = [];
  private readonly gone = new Set<string>();
  /** The slots that a link to an address leads to: the first document that has it, or all. */
  private readonly owners = new Map<string, readonly number[]>();
  private readonly linking = new Map<string, { count: number; slots: readonly number[] }>();
  /** The words of titles, by slot. */
  private readonly titleWords: (readonly number[])[] = [];
  /** Documents that share words with the source: from the search for all, and from the one without what is left out. */
  private found: readonly Scored[] = NOTHING;
  private left: readonly Scored[] = NOTHING;
  /** The best of both. */
  private chosenSlots: readonly number[] | null = null;
  /** Slots found by taxonomy and dates. */
  private neighbours: readonly number[] = NOTHING;

  constructor({ counts, numbers, texts, hasEqualWords }: ViewOptions) {
    this.counts = counts;
    this.numbers = numbers;
    const { bigrams, titles, endings } = counts;
    const dictionary: RankableCollection['dictionary'] = {
      documentFrequency: (number) => counts.words.get(numbers.hash(number)),
      text: (number) => texts().get(number) ?? '',
      hash: (number) => numbers.hash(number),
    };
    const told = { dictionary, bigrams, titles, endings };
    const statistics = hasEqualWords ? equalStatistics(told) : told;
    this.dictionary = statistics.dictionary;
    this.bigrams = statistics.bigrams;
    this.titles = statistics.titles;
    this.endings = statistics.endings;
    this.taxonomy = { count: (key) => (key < 0 ? 0 : (counts.taxonomy.get(numbers.entry(key)) ?? 0)) }; // prettier-ignore
    this.dates = {
      rank: (date) => counts.dates.rank(date),
      rankAt: (slot) => {
        const { date } = this.documents[slot];
        return date === null ? NaN : counts.dates.rank(date);
      },
      newest: counts.dates.newest,
    };
    this.links = { isEmpty: counts.linking === 0 };
  }

  get size(): number {
    return this.counts.size;
  }

  get population(): number {
    return this.counts.population;
  }

  get averageLength(): number {
    return this.counts.averageLength;
  }

  /** What has been asked for since this was last called; `null` when nothing is missing. */
  takeWanted(): Wanted | null {
    const { wanted } = this;
    this.wanted = nothingWanted();
    return Object.values(wanted).some((set: Set<string>) => set.size > 0) ? wanted : null;
  }

  // What was fetched.

  /** Adds a document that a search found. @returns Its slot. */
  addFound(found: FoundDocument | FoundId): number {
    const { id, sequence } = found;
    const known = this.slots.get(id);
    if (known === undefined) return this.place(stubOf(found), sequence, false);
    if ('addresses' in found && !this.isRead[known]) {
      const { date, addresses } = found;
      this.documents[known] = { ...this.documents[known], date, addresses };
    }
    return known;
  }

  /** Adds a document that was read in full, without changing it. @returns Its slot. */
  addRead(document: IndexedDocument, sequence: number): number {
    const slot = this.slots.get(document.id);
    if (slot === undefined) return this.place({ ...document }, sequence, true);
    this.documents[slot] = { ...document, slot };
    this.isRead[slot] = true;
    this.hasLinks[slot] = true;
    this.sequences[slot] = sequence;
    return slot;
  }

  /** Notes that a document no longer exists. */
  addGone(id: string): void {
    this.gone.add(id);
  }

  addLinks(id: string, links: readonly string[]): void {
    const slot = this.slots.get(id);
    if (slot === undefined || this.hasLinks[slot]) return;
    this.documents[slot] = { ...this.documents[slot], links };
    this.hasLinks[slot] = true;
  }

  /** Adds the documents that have an address. */
  addOwners(address: string, documents: readonly FoundDocument[]): void {
    const slots = documents.map((document) => this.addFound(document));
    slots.sort((a, b) => this.compareSlots(a, b));
    this.owners.set(address, this.dictionary.isEqual ? slots : slots.slice(0, 1));
  }

  addLinking(address: string, { count, documents }: Linking): void {
    this.linking.set(address, { count, slots: documents.map((one) => this.addFound(one)) });
  }

  /** Adds documents that share words with the source; `left` are from the search without what is left out. */
  addText(found: readonly TextHit[], left: readonly TextHit[]): void {
    const place = ({ document, score, title }: TextHit) => {
      const slot = this.addFound(document);
      this.titleWords[slot] = title.map((word) => this.numbers.ofText(word));
      return { slot, score };
    };
    this.found = found.map(place);
    this.left = left.map(place);
  }

  addNeighbours(documents: readonly (FoundDocument | FoundId)[]): void {
    this.neighbours = documents.map((document) => this.addFound(document));
  }

  /** The version in which a document was found; `undefined` for an unknown id. */
  sequenceOf(id: string): number | undefined {
    const slot = this.slots.get(id);
    return slot === undefined ? undefined : this.sequences[slot];
  }

  slotOf(id: string): number {
    return this.slots.get(id) ?? -1;
  }

  private place(document: IndexedDocument, sequence: number, isRead: boolean): number {
    const slot = this.documents.length;
    document.slot = slot;
    this.slots.set(document.id, slot);
    this.documents.push(document);
    this.isRead.push(isRead);
    this.hasLinks.push(isRead);
    this.sequences.push(sequence);
    return slot;
  }

  // What the ranking asks.

  at(slot: number): IndexedDocument {
    return this.documents[slot];
  }

  compareSlots(a: number, b: number): number {
    const [left, right] = [this.documents[a], this.documents[b]];
    if (left.date !== right.date) return (right.date ?? -Infinity) - (left.date ?? -Infinity);
    return left.id < right.id ? -1 : Number(left.id > right.id);
  }

  targetsOf(document: IndexedDocument): readonly number[] {
    const { slot } = document;
    if (this.links.isEmpty) return NOTHING;
    if (this.documents[slot] === document && !this.hasLinks[slot]) {
      this.wanted.links.add(document.id);
      return NOTHING;
    }
    const found = new Set<number>();
    for (const link of document.links) {
      for (const target of this.ownersOf(link)) if (target !== slot) found.add(target);
    }
    return [...found];
  }

  linkingTo(document: IndexedDocument): readonly number[] {
    const found = new Set<number>();
    for (const address of this.ownAddresses(document)) {
      const known = this.linking.get(address);
      if (!known) this.wanted.linking.add(address);
      else if (known.slots.length < known.count && known.slots.length <= FEW_LINKING) this.wanted.allLinking.add(address); // prettier-ignore
      for (const slot of known?.slots ?? NOTHING) found.add(slot);
    }
    found.delete(document.slot);
    return [...found];
  }

  countLinkingTo(document: IndexedDocument): number {
    const found = new Set<number>();
    let most = 0;
    for (const address of this.ownAddresses(document)) {
      const known = this.linking.get(address);
      if (!known) this.wanted.linking.add(address);
      for (const slot of known?.slots ?? NOTHING) found.add(slot);
      // If not all were read, documents that link to two addresses cannot be told apart: such a page is in every menu.
      most = Math.max(most, known?.count ?? 0);
    }
    found.delete(document.slot);
    return Math.max(found.size, most > MAX_FAN_OUT ? most : 0);
  }

  candidates(
    source: IndexedDocument,
    links: LinkComparison,
    text: TextComparison,
    query: RankQuery,
  ): IndexedDocument[] {
    const { maxCandidates } = query;
    const usual = maxCandidates ?? usualCandidates(this.size);
    const slots = new Set([
      ...this.chosen(source, text, usual, query),
      ...links.neighbours(maxCandidates ?? CANDIDATES),
      ...this.neighbours,
    ]);
    for (const id of placedFirst(source, query)) {
      const slot = this.slots.get(id);
      if (slot !== undefined) slots.add(slot);
      else if (!this.gone.has(id)) this.wanted.documents.add(id);
    }
    slots.delete(source.slot);
    const candidates: IndexedDocument[] = [];
    for (const slot of slots) {
      const document = this.documents[slot];
      if (this.isRead[slot]) candidates.push(document);
      else if (!this.gone.has(document.id)) this.wanted.documents.add(document.id);
    }
    return candidates;
  }

  /** The best by words. Once everything that this takes is known, it stays as it is. */
  private chosen(
    source: IndexedDocument,
    text: TextComparison,
    count: number,
    { exclude, isLeftOut, forgetsLeftOut, readsLeftOut }: RankQuery,
  ): readonly number[] {
    if (this.chosenSlots) return this.chosenSlots;
    if (readsLeftOut && !this.hasRead([...this.found, ...this.left])) return NOTHING;
    const [all, others] = [this.scored(this.found, source), this.scored(this.left, source)];
    if (!all || !others) return NOTHING;
    const isThere = ({ slot }: Scored) => !isLeftOut?.(this.documents[slot]);
    const [found, left] = [all.filter(isThere), others.filter(isThere)];
    const titleOf = (slot: number) =>
      this.isRead[slot] ? this.documents[slot].title : this.titleWords[slot];
    const bonus = bonusOf(this, { forEach: (slot, visit) => titleOf(slot)?.forEach(visit) }, source, text); // prettier-ignore
    // Scores of the cluster are not counted in classes: everything that it found is looked at.
    const shortlist =
      this.size > MAX_RESCORED ? Infinity : SHORTLIST * count + Number(source.slot < 0);
    const best = (hits: readonly Scored[], wanted: number, room = 0) =>
      this.best(hits, wanted, shortlist + room, bonus, this.usualBest(source));
    if (forgetsLeftOut) {
      const both = new Map([...found, ...left].map((hit) => [hit.slot, hit]));
      this.chosenSlots = best([...both.values()], count);
    } else {
      const isReplaced = (slot: number) => exclude?.has(this.documents[slot].id) ?? false;
      const replacing = withReplaced((wanted, room) => best(found, wanted, room), count, exclude?.size ? isReplaced : undefined); // prettier-ignore
      this.chosenSlots = [...replacing, ...best(left, count)];
    }
    return this.chosenSlots;
  }

  /**
   * Documents of a collection that can be kept here are scored as in the embedded engine, which rounds differently from
   * the cluster, so that both compare the same ones. `null` while some are missing.
   */
  private scored(hits: readonly Scored[], source: IndexedDocument): readonly Scored[] | null {
    if (this.size > MAX_RESCORED) return hits;
    if (!this.hasRead(hits)) return null;
    const isThere = hits.filter(({ slot }) => !this.gone.has(this.documents[slot].id));
    const score = coarseScorer(this, source);
    return isThere.map(({ slot }) => ({ slot, score: score(this.documents[slot]) }));
  }

  /** Whether all of them were read, unless they are gone; asks for the others. */
  private hasRead(hits: readonly Scored[]): boolean {
    const missing = hits.filter(({ slot }) => !this.isRead[slot] && !this.gone.has(this.documents[slot].id)); // prettier-ignore
    for (const { slot } of missing) this.wanted.documents.add(this.documents[slot].id);
    return missing.length === 0;
  }

  /**
   * The slots with the greatest score by words, title and date.
   *
   * @param shortlist How many are looked at, plus those that are about as good as the last of them.
   * @param usual What counts as the greatest score; `null` for the actual one.
   */
  private best(
    hits: readonly Scored[],
    count: number,
    shortlist: number,
    bonus: (slot: number) => number,
    usual: number | null,
  ): number[] {
    if (hits.length === 0) return [];
    const scores = Float64Array.from(hits, ({ score }) => score).sort();
    const best = usual ?? scores[scores.length - 1];
    const cut = scores[Math.max(0, scores.length - shortlist)] >> CLASS_BITS;
    const scored = hits
      .filter(({ score }) => score > 0 && score >> CLASS_BITS >= cut)
      .map(({ slot, score }) => ({ slot, value: score + best * bonus(slot) }));
    const values = Float64Array.from(scored, ({ value }) => value).sort();
    const least = values[Math.max(0, values.length - count)];
    return scored
      .filter(({ value }) => value >= least)
      .sort((a, b) => b.value - a.value || this.compareSlots(a.slot, b.slot))
      .slice(0, count)
      .map(({ slot }) => slot);
  }

  /**
   * What counts as the greatest score if all words are equally rare: a share of what a document with every word scores,
   * by the cluster's formula or that of the embedded engine. `null` otherwise.
   */
  private usualBest(source: IndexedDocument): number | null {
    if (!this.dictionary.isEqual) return null;
    if (this.size <= MAX_RESCORED) return USUAL_BEST * FULL_SCORE;
    const boosts = queryTerms(this, source).map(({ position }) => frequencyAt(source, position));
    return USUAL_BEST * boosts.reduce((sum, boost) => sum + boost, 0);
  }

  private ownersOf(address: string): readonly number[] {
    const known = this.owners.get(address);
    if (known === undefined) this.wanted.owners.add(address);
    return known ?? NOTHING;
  }

  /** The addresses whose links lead to this document, and not to another one with the same slug. */
  private ownAddresses({ addresses, slot }: IndexedDocument): string[] {
    if (this.links.isEmpty) return [];
    if (this.dictionary.isEqual) return [...addresses];
    return addresses.filter((address) => slot < 0 || this.ownersOf(address)[0] === slot);
  }
}
