/** Counts by key; a key that falls to zero is forgotten. */
export class Counter<Key> {
  private readonly counts = new Map<Key, number>();

  get(key: Key): number {
    return this.counts.get(key) ?? 0;
  }

  add(key: Key, by: 1 | -1): void {
    const count = this.get(key) + by;
    if (count > 0) this.counts.set(key, count);
    else this.counts.delete(key);
  }

  get size(): number {
    return this.counts.size;
  }
}
