/** Which slots have a key. Keys have numbers; a key that no slot has is forgotten, and its number reused. */
export class TaxonomyIndex {
  private readonly numbers = new Map<string, number>();
  private readonly keys: string[] = [];
  private readonly slots: Set<number>[] = [];
  private readonly free: number[] = [];

  /** The number of a key, or -1. */
  number(key: string): number {
    return this.numbers.get(key) ?? -1;
  }

  /** The key of a number. */
  key(number: number): string {
    return this.keys[number];
  }

  /** The number of a key, created if there is none. */
  intern(key: string): number {
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    const number = this.free.pop() ?? this.keys.length;
    this.numbers.set(key, number);
    this.keys[number] = key;
    this.slots[number] = new Set();
    return number;
  }

  /** How many slots have the key of a number. */
  count(number: number): number {
    return number < 0 ? 0 : this.slots[number].size;
  }

  of(number: number): Iterable<number> {
    return number < 0 ? [] : this.slots[number];
  }

  add(number: number, slot: number): void {
    this.slots[number].add(slot);
  }

  remove(number: number, slot: number): void {
    this.slots[number].delete(slot);
    if (this.slots[number].size > 0) return;
    this.numbers.delete(this.keys[number]);
    this.keys[number] = '';
    this.free.push(number);
  }
}
