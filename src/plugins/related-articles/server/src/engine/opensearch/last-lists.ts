import { refKey, type Collection, type Query, type Suggestion } from '../engine';

/** Some ten megabytes. */
const MAX_LISTS = 2000;

interface KeptList {
  /** The number of the options that it was made with: with others, it may show what a rule keeps out. */
  options: number;
  list: readonly Suggestion[] | null;
  /** What it was made from; `null` where that was changing. */
  revision: string | null;
  /** On the clock of `performance`. */
  madeAt: number;
}

/** The lists that were made lately: given again while nothing has changed, and while the cluster does not answer. */
export class LastLists {
  private readonly lists = new Map<string, KeptList>();
  /** By what a list is of, the key of the one that was made last. */
  private readonly bases = new Map<string, string>();

  /** The list as it would be made again; `undefined` where that is not known. */
  current(key: string, revision: string | null): readonly Suggestion[] | null | undefined {
    const kept = this.lists.get(key);
    if (!kept || revision === null || kept.revision !== revision) return undefined;
    this.lists.delete(key);
    this.lists.set(key, kept);
    return kept.list;
  }

  /** The list as it last was with these options, unless that is longer ago. */
  last(key: string, maxAgeMs: number, options: number): readonly Suggestion[] | null | undefined {
    const kept = this.lists.get(key);
    if (kept?.options !== options) return undefined;
    return performance.now() - kept.madeAt <= maxAgeMs ? kept.list : undefined;
  }

  /** The list as it last was, however long ago, or one that differs by what editors have decided since. */
  lastLike(
    { key, base }: ListName,
    query: Query,
    options: number,
  ): readonly Suggestion[] | null | undefined {
    const withThese = (kept: KeptList | undefined) =>
      kept?.options === options ? kept : undefined;
    const kept = withThese(this.lists.get(key));
    if (kept) return kept.list;
    const like = withThese(this.lists.get(this.bases.get(base) ?? ''));
    if (!like?.list) return like?.list;
    const { exclude = [], pinned = [], limit } = query;
    // Pins are put in their places by whoever asks.
    const out = new Set([...exclude, ...pinned].map(refKey));
    const list = like.list.filter((one) => !one.pinned && !out.has(refKey(one)));
    return limit === undefined ? list : list.slice(0, limit);
  }

  set({ key, base }: ListName, kept: Omit<KeptList, 'madeAt'>): void {
    this.lists.delete(key);
    this.lists.set(key, { ...kept, madeAt: performance.now() });
    this.bases.delete(base);
    this.bases.set(base, key);
    for (const map of [this.lists, this.bases]) {
      if (map.size > MAX_LISTS) map.delete(map.keys().next().value as string);
    }
  }

  clear(): void {
    this.lists.clear();
    this.bases.clear();
  }
}

/** What editors decide about a list, and how much of it is asked for. */
const VARIED: ReadonlySet<string> = new Set<keyof Query>(['exclude', 'pinned', 'limit', 'maxCandidates', 'diversifyTop']); // prettier-ignore

/** What tells a list from others. */
export interface ListName {
  key: string;
  /** The same without what editors decide about it, and without its length. */
  base: string;
}

export function listName(collection: Collection, documentId: string, query: Query): ListName {
  const { type, locale } = collection;
  const textOf = (asked: Query) => JSON.stringify(asked, (_, value) => (value instanceof Set ? [...value] : value)); // prettier-ignore
  const rest = Object.fromEntries(Object.entries(query).filter(([name]) => !VARIED.has(name)));
  const of = `${type} ${locale ?? ''} ${documentId}`;
  return { key: `${of} ${textOf(query)}`, base: `${of} ${textOf(rest)}` };
}
