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

/** How many documents of a list are kept: those after the visible ones tell which lists a document is close to. */
const KEPT = 25;
/** How many of the documents nearest to a changed one are checked, because it may be in their lists. */
const NEAR = 200;
/** Collections of up to this many documents have all lists made: faster than finding out which changed. */
const SMALL = 500;
/** Lists with margins below this many times the expected change in word rarity are checked. Chosen on cppdocs. */
const REACH = 1.5;
/** How many lists are made for one batch of writes at most. */
const MAX_MADE = 5000;
/** Above this many writes at once, changed lists are not looked for: nearly all lists change. */
const MAX_WRITES = 2000;
/** How many lists are requested in one call to the engine. */
const BATCH = 10;

export interface ListWatchOptions {
  engine: WatchableEngine;
  collection: Collection;
  /** How many suggestions a list shows. */
  limit: number;
  /** Returns the current query of each document's list: pins, exclusions. */
  queries(): Promise<(documentId: string) => Query>;
  /** Whether short lists are filled with the newest documents. */
  isFilled: boolean;
  /** Whether lists leave out documents that are too much older than the newest one. */
  hasMaxAge: boolean;
  /** Finds the documents near to one: without rules, which leave out near ones. Default: the type's own. */
  nearness?: RankingOptions;
  /** Whether rules place a document in lists of documents that may not be near to it. Default: no. */
  isPlaced?(documentId: string): boolean;
  /** The share of time that making lists may take, above 0 and up to 1. Default: all of it. */
  share?: number;
  /** Whether to stop early. */
  isStopped?(): boolean;
  /** Called with each list that is made. */
  onMade?(documentId: string, list: readonly Suggestion[]): void;
}

export interface ChangedLists {
  /** How many lists were made to find out. */
  made: number;
  /** Documents whose lists have changed, or show a document that has. */
  documentIds: string[];
  /** The documents that were written or removed, by documentId, with the slugs that they had before. */
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

/** Of a document that is as it was. */
const UNCHANGED: NotedWrite = {
  ...{ slugsBefore: new Set(), linked: new Set(), sharing: new Set() },
  ...{ words: 0, movesNewest: false },
};

/** How many numbers may be unused, beyond as many again as there are documents. */
const RENUMBER = 1000;

interface KeptList {
  /** Numbers of the first documents. */
  ids: Int32Array;
  margin: number;
}

/**
 * Keeps the lists of one collection, to find those that writes change without making all of them again. A write changes
 * the lists that had the document, the lists of documents now near to it, and the lists around its links. It also
 * changes how rare the words are that it gained or lost, and thereby every score a little: that matters only where a
 * list's margin is as small. `npm run bench -- changes` reports how many of all changes are found.
 */
export class ListWatch {
  private readonly lists = new Map<string, KeptList>();
  private readonly numbers = new Map<string, number>();
  private writes = new Map<string, NotedWrite>();
  /** Whether every list was made once: until then, it goes unnoticed when a document leaves a list. */
  isComplete = false;
  private asked = new Set<string>();
  /** Documents that may no longer, or again, be suggested. */
  private decided = new Set<string>();
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
    return this.isFlooded || this.writes.size + this.asked.size + this.decided.size > 0;
  }

  /** Notes that a document was written. */
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

  /** Forgets everything, so that all lists are learnt again. */
  private forget(): void {
    this.writes.clear();
    this.asked.clear();
    this.decided.clear();
    this.lists.clear();
    this.numbers.clear();
    this.isComplete = false;
    this.isEarly = false;
  }

  /** Notes that a document's list may have changed for a reason other than a write: a pin or an exclusion. */
  ask(documentId: string): void {
    this.isEarly ||= !this.isComplete;
    this.asked.add(documentId);
  }

  /** Notes that a document may no longer, or again, be suggested. Nobody is told of one that is not published. */
  noteDecided(documentId: string): void {
    if (this.isFlooded) return;
    this.isEarly ||= !this.isComplete;
    this.decided.add(documentId);
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

  /** Returns the documents written since the last call with their earlier slugs, but not the changed lists. */
  takeWritten(): ChangedLists['slugsBefore'] {
    const slugsBefore = slugsIn(this.writes);
    this.writes = new Map();
    this.asked = new Set();
    this.decided = new Set();
    this.isEarly = false;
    return slugsBefore;
  }

  /** Finds the lists that were changed by the writes noted since the last call. */
  async takeChanged(): Promise<ChangedLists> {
    if (this.isFlooded) {
      this.isFlooded = false;
      this.forget();
      return { documentIds: [], slugsBefore: new Map(), isPartial: true, made: 0 };
    }
    const { writes, asked, decided, isEarly } = this;
    this.takeWritten();
    const present = new Set(await this.options.engine.documentIds(this.options.collection));
    for (const id of decided) if (present.has(id) && !writes.has(id)) writes.set(id, UNCHANGED);
    const affected = await this.affected(writes, asked, present);
    const sources = [...affected].filter((id) => present.has(id));
    const changed = new Set<string>();
    const isShown = (ids: Int32Array) => this.shown(ids).some((number) => written.has(number));
    const written = new Set([...writes.keys()].map((id) => this.numberOf(id)));
    await this.make(sources.slice(0, MAX_MADE), (id, before, now) => {
      // If a list was not known before, all that can be told is whether it shows a written document.
      const isSame = before
        ? this.shown(before.ids).join() === this.shown(now.ids).join()
        : !asked.has(id) && !writes.has(id);
      if (!isSame || isShown(now.ids)) changed.add(id);
    });
    for (const id of writes.keys()) if (!present.has(id)) this.lists.delete(id);
    this.addFilled(writes, asked, changed);
    // A list that is learnt in the meantime already includes the write, and shows no change.
    const isUnsure = isEarly && [...present].some((id) => !writes.has(id));
    const isPartial = isUnsure || sources.length > MAX_MADE;
    return {
      documentIds: [...changed],
      slugsBefore: slugsIn(writes),
      isPartial,
      made: Math.min(sources.length, MAX_MADE),
    };
  }

  /** Returns the documents whose lists may have changed, the likeliest first. */
  private async affected(
    writes: ReadonlyMap<string, NotedWrite>,
    asked: ReadonlySet<string>,
    present: ReadonlySet<string>,
  ): Promise<Set<string>> {
    const affected = new Set([...asked, ...writes.keys()]);
    // A new newest date may move the age limit of all lists.
    const movesLimit = this.options.hasMaxAge && [...writes.values()].some((write) => write.movesNewest); // prettier-ignore
    const isAnywhere = [...writes.keys()].some((id) => this.options.isPlaced?.(id));
    if (present.size <= SMALL || movesLimit || isAnywhere)
      return new Set([...affected, ...present]);
    if (this.numbers.size > RENUMBER + 2 * present.size) this.renumber();
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

  /** Returns the lists with such small margins that changed word rarities may have changed them, the closest first. */
  private undecided(writes: ReadonlyMap<string, NotedWrite>, size: number): string[] {
    let words = 0;
    for (const write of writes.values()) words += write.words;
    // One document more or less with a word changes its rarity by about 1/size; changes of many words add up randomly.
    const reach = (REACH * (Math.sqrt(writes.size) + Math.sqrt(words))) / Math.max(1, size);
    const close = [...this.lists].filter(([, { margin }]) => margin < reach);
    return close.sort(([, a], [, b]) => a.margin - b.margin).map(([id]) => id);
  }

  /** Adds the short lists: any write, and any decision about one, may change what fills them, or what that says. */
  private addFilled(
    writes: ReadonlyMap<string, NotedWrite>,
    asked: ReadonlySet<string>,
    changed: Set<string>,
  ): void {
    const { isFilled, limit } = this.options;
    if (!isFilled) return;
    const sources = writes.size > 0 ? this.lists.keys() : asked;
    for (const id of sources) {
      const known = this.lists.get(id);
      if (known && known.ids.length < limit) changed.add(id);
    }
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

  /** Gives new numbers to the documents that lists have: others that were deleted would keep theirs for ever. */
  private renumber(): void {
    const names = [...this.numbers.keys()];
    this.numbers.clear();
    for (const list of this.lists.values()) {
      list.ids = list.ids.map((number) => this.numberOf(names[number]));
    }
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
