import { refKey, type Collection, type Query, type Suggestion } from '../engine';

/** About ten megabytes. */
const MAX_LISTS = 2000;

interface KeptList {
  /** The number of the options that it was made with. With other options, it may show what a rule keeps out. */
  options: number;
  list: readonly Suggestion[] | null;
  /** The revision that it was made from; `null` if that was changing. */
  revision: string | null;
  /** When it was made, by `performance.now()`. */
  madeAt: number;
}

/** Recently made lists, returned again while nothing has changed, and while the cluster does not answer. */
export class LastLists {
  private readonly lists = new Map<string, KeptList>();
  /** For each base, the key of the list that was made last. */
  private readonly bases = new Map<string, string>();

  /** The list if it is still up to date; `undefined` if it is not, or if that is not known. */
  current(key: string, revision: string | null): readonly Suggestion[] | null | undefined {
    const kept = this.lists.get(key);
    if (!kept || revision === null || kept.revision !== revision) return undefined;
    this.lists.delete(key);
    this.lists.set(key, kept);
    return kept.list;
  }

  /** The last list that was made with these options, unless it is older than `maxAgeMs`. */
  last(key: string, maxAgeMs: number, options: number): readonly Suggestion[] | null | undefined {
    const kept = this.lists.get(key);
    if (kept?.options !== options) return undefined;
    return performance.now() - kept.madeAt <= maxAgeMs ? kept.list : undefined;
  }

  /** The last list, however old, or one that differs only by what editors have decided since. */
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
    // The caller puts pins in their places.
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

/** The parts of a query that editors decide, and those that say how much of the list is wanted. */
const VARIED: ReadonlySet<string> = new Set<keyof Query>(['exclude', 'pinned', 'limit', 'maxCandidates', 'diversifyTop']); // prettier-ignore

/** Identifies a list. */
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
