import type {
  Collection,
  DocumentWrite,
  Query,
  RankingOptions,
  Suggestion,
  WatchableEngine,
} from '../engine/engine';
import { Turns } from '../engine/steps';
import { SPARE_PLACES } from './suggestions';

/** How many of a list's first documents are kept: those beyond what is shown tell whose lists a document is close to. */
const KEPT = 25;
/** How many of the documents nearest to a changed one may have it in their lists. */
const NEAR = 200;
/** On sites of up to so many documents, all lists are made: that takes less than finding out which. */
const SMALL = 500;
/** How many times the change that is expected of a word's rarity a list is taken to stand. Chosen on cppdocs. */
const REACH = 1.5;
/** How many lists are made for one batch of writes at most. */
const MAX_MADE = 5000;
/** When more documents than this are written at once, whose lists change is not looked for: nearly all do. */
const MAX_WRITES = 2000;
/** How many are asked for in one call to the engine. */
const BATCH = 10;

export interface ListWatchOptions {
  engine: WatchableEngine;
  collection: Collection;
  /** How many suggestions a list shows. */
  limit: number;
  /** What the list of each document is asked with now: pins, exclusions. */
  queries(): Promise<(documentId: string) => Query>;
  /** Whether short lists are filled with the newest documents. */
  isFilled: boolean;
  /** Whether lists leave out what is so much older than the newest document. */
  hasMaxAge: boolean;
  /** What tells which documents are near to one: without rules, which leave out what is near. Default: the type's own. */
  nearness?: RankingOptions;
  /** Whether rules place a document in lists of documents that need not be near. Default: none. */
  isPlaced?(documentId: string): boolean;
  /** Which share of the time may be spent on making lists, above 0 up to 1. Default: all of it. */
  share?: number;
  /** Whether to give up what is being done. */
  isStopped?(): boolean;
  /** Called with each list that is made. */
  onMade?(documentId: string, list: readonly Suggestion[]): void;
}

export interface ChangedLists {
  /** How many lists were made to find out. */
  made: number;
  /** Whose lists have changed, or show a document that has. */
  documentIds: string[];
  /** What was written or removed itself, by documentId, with the slugs that it had before. */
  slugsBefore: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether there may be more: too much was written at once, or before all lists were known. */
  isPartial: boolean;
}

interface NotedWrite {
  slugsBefore: ReadonlySet<string>;
  words: number;
  linked: ReadonlySet<string>;
  sharing: ReadonlySet<string>;
  movesNewest: boolean;
}

interface KeptList {
  /** Numbers of the first documents. */
  ids: Int32Array;
  margin: number;
}

/**
 * Keeps the lists of one collection, to find those that writes change without making all of them anew. A write changes
 * the lists that had the document, those of what is near to it now, and those around its links. Words that it gained
 * or lost change how rare they are, and thereby any score a little: that shows only in lists that were decided by as
 * little, which their margins tell. `npm run bench -- changes` says how many of all are found.
 */
export class ListWatch {
  private readonly lists = new Map<string, KeptList>();
  private readonly numbers = new Map<string, number>();
  private writes = new Map<string, NotedWrite>();
  /** Whether every list that there is was made once: before that, what left a list goes unnoticed. */
  isComplete = false;
  private asked = new Set<string>();
  /** Whether something was written before all lists were known. */
  private isEarly = false;
  /** Whether too much was written to be listed. */
  private isFlooded = false;

  constructor(private readonly options: ListWatchOptions) {}

  get locale(): string | null {
    return this.options.collection.locale;
  }

  /** Whether there is anything to find out. */
  get isPending(): boolean {
    return this.isFlooded || this.writes.size > 0 || this.asked.size > 0;
  }

  /** A document was written. */
  note({ documentId, slugBefore, words, linked, sharing, movesNewest }: DocumentWrite): void {
    if (this.isFlooded) return;
    this.isEarly ||= !this.isComplete;
    const known = this.writes.get(documentId);
    this.writes.set(documentId, {
      slugsBefore: new Set([...(known?.slugsBefore ?? []), ...(slugBefore ? [slugBefore] : [])]),
      words: (known?.words ?? 0) + words,
      linked: new Set([...(known?.linked ?? []), ...linked]),
      sharing: new Set([...(known?.sharing ?? []), ...sharing]),
      movesNewest: movesNewest || (known?.movesNewest ?? false),
    });
    if (this.writes.size <= MAX_WRITES) return;
    this.isFlooded = true;
    this.forget();
  }

  /** Everything is to be learnt anew. */
  private forget(): void {
    this.writes.clear();
    this.asked.clear();
    this.lists.clear();
    this.numbers.clear();
    this.isComplete = false;
    this.isEarly = false;
  }

  /** The list of a document may be another for a reason that is no write of documents: a pin, an exclusion. */
  ask(documentId: string): void {
    this.isEarly ||= !this.isComplete;
    this.asked.add(documentId);
  }

  /** Documents whose lists are not known yet. */
  async unknown(): Promise<string[]> {
    const { engine, collection } = this.options;
    return [...(await engine.documentIds(collection))].filter((id) => !this.lists.has(id));
  }

  /** Learns the lists of these documents as they are. */
  async learn(documentIds: readonly string[]): Promise<void> {
    await this.make(documentIds, () => undefined);
  }

  /** What was written itself since the last look, by documentId, with the slugs before: not which lists that changes. */
  takeWritten(): ChangedLists['slugsBefore'] {
    const slugsBefore = slugsIn(this.writes);
    this.writes = new Map();
    this.asked = new Set();
    this.isEarly = false;
    return slugsBefore;
  }

  /** Which lists the writes that were noted since the last call have changed. */
  async takeChanged(): Promise<ChangedLists> {
    if (this.isFlooded) {
      this.isFlooded = false;
      this.forget();
      return { documentIds: [], slugsBefore: new Map(), isPartial: true, made: 0 };
    }
    const { writes, asked, isEarly } = this;
    const slugsBefore = this.takeWritten();
    const present = new Set(await this.options.engine.documentIds(this.options.collection));
    const affected = await this.affected(writes, asked, present);
    const sources = [...affected].filter((id) => present.has(id));
    const changed = new Set<string>();
    const isShown = (ids: Int32Array) => this.shown(ids).some((number) => written.has(number));
    const written = new Set([...writes.keys()].map((id) => this.numberOf(id)));
    await this.make(sources.slice(0, MAX_MADE), (id, before, now) => {
      // Of a list that was not known, only that it shows what was written can be told.
      const isSame = before
        ? this.shown(before.ids).join() === this.shown(now.ids).join()
        : !asked.has(id) && !writes.has(id);
      if (!isSame || isShown(now.ids)) changed.add(id);
    });
    for (const id of writes.keys()) if (!present.has(id)) this.lists.delete(id);
    this.addFilled(writes, changed);
    // A list that is learnt in between is one of after the write, and shows no change.
    const isUnsure = isEarly && [...present].some((id) => !writes.has(id));
    const isPartial = isUnsure || sources.length > MAX_MADE;
    return {
      documentIds: [...changed],
      slugsBefore,
      isPartial,
      made: Math.min(sources.length, MAX_MADE),
    };
  }

  /** The documents whose lists may be others, the likeliest first. */
  private async affected(
    writes: ReadonlyMap<string, NotedWrite>,
    asked: ReadonlySet<string>,
    present: ReadonlySet<string>,
  ): Promise<Set<string>> {
    const affected = new Set([...asked, ...writes.keys()]);
    // Another newest date may move the limit of age for any of them.
    const movesLimit = this.options.hasMaxAge && [...writes.values()].some((write) => write.movesNewest); // prettier-ignore
    const isAnywhere = [...writes.keys()].some((id) => this.options.isPlaced?.(id));
    if (present.size <= SMALL || movesLimit || isAnywhere)
      return new Set([...affected, ...present]);
    const touched = new Set([...writes.keys()].map((id) => this.numberOf(id)));
    const around = new Set(touched);
    const names = [...this.numbers.keys()];
    for (const { linked } of writes.values())
      for (const id of linked) around.add(this.numberOf(id));
    for (const [id, { ids }] of this.lists)
      if (ids.some((one) => touched.has(one))) affected.add(id);
    for (const id of writes.keys()) {
      for (const number of this.lists.get(id)?.ids ?? []) affected.add(names[number]);
    }
    const { engine, collection, nearness } = this.options;
    const sources = [...writes.keys()].filter((id) => present.has(id));
    const turns = new Turns(this.options.share);
    for (let start = 0; start < sources.length && affected.size < MAX_MADE; start += BATCH) {
      await turns.give();
      if (this.options.isStopped?.()) return affected;
      const part = sources.slice(start, start + BATCH).map((documentId) => ({ documentId }));
      const near = await engine.related(collection, part, { minScore: 0, limit: NEAR, maxCandidates: NEAR, ...(nearness && { ranking: nearness }) }); // prettier-ignore
      for (const list of near) for (const { documentId } of list ?? []) affected.add(documentId);
    }
    for (const { linked } of writes.values()) for (const id of linked) affected.add(id);
    for (const [id, { ids }] of this.lists)
      if (ids.some((one) => around.has(one))) affected.add(id);
    for (const { sharing } of writes.values()) for (const id of sharing) affected.add(id);
    for (const id of this.undecided(writes, present.size)) affected.add(id);
    return affected;
  }

  /** Lists that were decided by so little that other rarities of words may have changed them, the closest first. */
  private undecided(writes: ReadonlyMap<string, NotedWrite>, size: number): string[] {
    let words = 0;
    for (const write of writes.values()) words += write.words;
    // One document more or less with a word changes how rare the word is by about 1/size; many words add up by chance.
    const reach = (REACH * (Math.sqrt(writes.size) + Math.sqrt(words))) / Math.max(1, size);
    const close = [...this.lists].filter(([, { margin }]) => margin < reach);
    return close.sort(([, a], [, b]) => a.margin - b.margin).map(([id]) => id);
  }

  /** What fills short lists may be another with every write, or say something else. */
  private addFilled(writes: ReadonlyMap<string, NotedWrite>, changed: Set<string>): void {
    const { isFilled, limit } = this.options;
    if (!isFilled || writes.size === 0) return;
    for (const [id, { ids }] of this.lists) if (ids.length < limit) changed.add(id);
  }

  private async make(
    documentIds: readonly string[],
    onMade: (id: string, before: KeptList | undefined, now: KeptList) => void,
  ): Promise<void> {
    const { engine, collection, limit, queries } = this.options;
    const queryFor = await queries();
    const turns = new Turns(this.options.share);
    for (const id of documentIds) {
      await turns.give();
      if (this.options.isStopped?.()) return;
      const query = {
        ...queryFor(id),
        limit: Math.max(KEPT, limit),
        diversifyTop: limit + SPARE_PLACES,
      };
      const [list] = await engine.relatedWithMargins(collection, [id], query);
      if (!list) continue;
      const ids = Int32Array.from(list.suggestions, ({ documentId }) => this.numberOf(documentId));
      const now = { ids, margin: list.margin };
      this.options.onMade?.(id, list.suggestions);
      onMade(id, this.lists.get(id), now);
      this.lists.set(id, now);
    }
  }

  private shown(ids: Int32Array): Int32Array {
    return ids.subarray(0, this.options.limit);
  }

  private numberOf(id: string): number {
    const known = this.numbers.get(id);
    if (known !== undefined) return known;
    this.numbers.set(id, this.numbers.size);
    return this.numbers.size - 1;
  }
}

const slugsIn = (writes: ReadonlyMap<string, NotedWrite>): ChangedLists['slugsBefore'] =>
  new Map([...writes].map(([id, { slugsBefore }]) => [id, slugsBefore]));
