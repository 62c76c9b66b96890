import { tokenOf, type CatalogEntry } from './catalog-entry';
import { keyOf } from './mapping';

/** How long an entry has to be older than the known one until it is no late answer, in milliseconds. */
const BACK_MS = 10_000;

/** What of a collection is known from the catalog. */
interface Known {
  entry: CatalogEntry;
  /** The index that it replaced. */
  previous: string | null;
}

/**
 * Notices that the cluster has gone back to an earlier state, as after a disk or a snapshot was restored: versions that
 * are known are given out again then, for other contents.
 */
export class CatalogHistory {
  /** Whether it has gone back: then nothing that is known of it may be used any more. */
  hasGoneBack = false;
  /** Since when the catalog has had older entries, by collection and `performance.now()`. */
  private readonly olderSince = new Map<string, number>();

  /** Whether the catalog has something new for a collection. A late answer has not. */
  isNews(entry: CatalogEntry, { entry: known, previous }: Known): boolean {
    const key = keyOf(entry);
    const isSameIndex = entry.index === known.index;
    const isSame = isSameIndex && entry.version === known.version;
    const isOlder = isSame ? tokenOf(entry) !== tokenOf(known) : isSameIndex ? entry.version < known.version : entry.index === previous; // prettier-ignore
    if (!isOlder) this.olderSince.delete(key);
    // A lost catalog starts again with its versions, so versions of different indexes cannot be compared.
    if (isSame || isOlder) {
      if (isOlder) this.noteOlder(key);
      return false;
    }
    if (isSameIndex && !continues(entry, known)) this.hasGoneBack = true;
    return true;
  }

  clear(): void {
    this.hasGoneBack = false;
    this.olderSince.clear();
  }

  private noteOlder(key: string): void {
    const now = performance.now();
    const since = this.olderSince.get(key) ?? now;
    this.olderSince.set(key, since);
    if (now - since >= BACK_MS) this.hasGoneBack = true;
  }
}

/** Whether an entry follows from an earlier one, or has replaced its counts. */
function continues({ full, changes }: CatalogEntry, earlier: CatalogEntry): boolean {
  const then = [full, ...changes].find(({ version }) => version === earlier.version);
  return !then || (then.parts[0] ?? '') === tokenOf(earlier);
}
