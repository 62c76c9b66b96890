import type { Collection, Query, Suggestion } from '../engine';

/** Some ten megabytes. */
const MAX_LISTS = 2000;

interface KeptList {
  list: readonly Suggestion[] | null;
  /** What it was made from; `null` where that was changing. */
  revision: string | null;
  /** On the clock of `performance`. */
  madeAt: number;
}

/** The lists that were made lately: given again while nothing has changed, and while the cluster does not answer. */
export class LastLists {
  private readonly lists = new Map<string, KeptList>();

  /** The list as it would be made again; `undefined` where that is not known. */
  current(key: string, revision: string | null): readonly Suggestion[] | null | undefined {
    const kept = this.lists.get(key);
    if (!kept || revision === null || kept.revision !== revision) return undefined;
    this.lists.delete(key);
    this.lists.set(key, kept);
    return kept.list;
  }

  /** The list as it last was, unless that is longer ago. */
  last(key: string, maxAgeMs: number): readonly Suggestion[] | null | undefined {
    const kept = this.lists.get(key);
    return kept && performance.now() - kept.madeAt <= maxAgeMs ? kept.list : undefined;
  }

  set(key: string, list: readonly Suggestion[] | null, revision: string | null): void {
    this.lists.delete(key);
    this.lists.set(key, { list, revision, madeAt: performance.now() });
    if (this.lists.size > MAX_LISTS) this.lists.delete(this.lists.keys().next().value as string);
  }

  clear(): void {
    this.lists.clear();
  }
}

/** Names a list. */
export function listKey({ type, locale }: Collection, documentId: string, query: Query): string {
  const asked = JSON.stringify(query, (_, value) => (value instanceof Set ? [...value] : value));
  return `${type} ${locale ?? ''} ${documentId} ${asked}`;
}
