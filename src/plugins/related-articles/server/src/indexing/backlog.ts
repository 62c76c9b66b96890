/** What was taken out of a backlog. */
export interface Taken<Key, Item> {
  key: Key;
  items: Item[];
  /** Puts the items back into their places, because they could not be processed. */
  putBack(): void;
}

/** Keys that are left out. */
export type Keys<Key> = Pick<ReadonlySet<Key>, 'has'>;

/** Items that wait, by key, in the order of their arrival. An item that waits already keeps its place. */
export class Backlog<Key, Item extends string | number> {
  private readonly places = new Map<Key, Map<Item, number>>();

  /** @param counter The last place that was given out; shared by backlogs whose order is compared. */
  constructor(private readonly counter: { last: number }) {}

  get size(): number {
    let size = 0;
    for (const items of this.places.values()) size += items.size;
    return size;
  }

  has(key: Key, item: Item): boolean {
    return this.places.get(key)?.has(item) ?? false;
  }

  add(key: Key, items: Iterable<Item>): void {
    const known = this.places.get(key) ?? new Map<Item, number>();
    for (const item of items) if (!known.has(item)) known.set(item, (this.counter.last += 1));
    if (known.size > 0) this.places.set(key, known);
  }

  /** Whether every item up to that place has been taken out. */
  isPast(place: number): boolean {
    return this.first().place > place;
  }

  /**
   * Takes out up to `most` items of the key whose first item has waited longest.
   *
   * @param but Keys that are left out.
   */
  take(most: number, but?: Keys<Key>): Taken<Key, Item> | null {
    const { key, items } = this.first(but);
    if (key === undefined || !items) return null;
    const taken: [Item, number][] = [];
    for (const one of items) {
      if (taken.length === most) break;
      taken.push(one);
    }
    for (const [item] of taken) items.delete(item);
    if (items.size === 0) this.places.delete(key);
    const putBack = () => {
      const before = new Map(taken);
      for (const [item, place] of this.places.get(key) ?? []) {
        if (!before.has(item)) before.set(item, place);
      }
      this.places.set(key, before);
    };
    return { key, items: taken.map(([item]) => item), putBack };
  }

  private first(but?: Keys<Key>): { key?: Key; items?: Map<Item, number>; place: number } {
    let first: { key?: Key; items?: Map<Item, number>; place: number } = { place: Infinity };
    for (const [key, items] of this.places) {
      if (but?.has(key)) continue;
      for (const place of items.values()) {
        if (place < first.place) first = { key, items, place };
        break;
      }
    }
    return first;
  }
}
