/** How long the catalog must not list a published collection for it to be lost, in milliseconds. */
const UNLISTED_MS = 15_000;

/** Notices collections whose entries in the catalog are gone, or name an index that lacks what this process wrote. */
export class LostEntries {
  /** Since when the catalog has not listed collections that this process has published, by `performance.now()`. */
  private readonly unlisted = new Map<string, number>();
  private readonly lost = new Set<string>();

  /** The content types to rebuild. */
  get types(): string[] {
    return [...this.lost];
  }

  /** Notes that a collection's entry names another process's index. */
  noteReplaced(type: string): void {
    this.lost.add(type);
  }

  noteListed(key: string): void {
    this.unlisted.delete(key);
  }

  /** Only the writer removes collections, so its own are lost, unless a gateway or another cluster has answered. */
  noteUnlisted(key: string, type: string): void {
    const now = performance.now();
    const since = this.unlisted.get(key) ?? now;
    this.unlisted.set(key, since);
    if (now - since >= UNLISTED_MS) this.lost.add(type);
  }

  noteBuilt(type: string): void {
    this.lost.delete(type);
  }

  /** Forgets what the catalog did not list: this process no longer writes. */
  clear(): void {
    this.unlisted.clear();
  }
}
