/** Which slots have a key; a key that nobody has is forgotten. */
export class Members {
  private readonly slots = new Map<string, Set<number>>();

  count(key: string): number {
    return this.slots.get(key)?.size ?? 0;
  }

  of(key: string): Iterable<number> {
    return this.slots.get(key) ?? [];
  }

  add(key: string, slot: number): void {
    const slots = this.slots.get(key);
    if (slots) slots.add(slot);
    else this.slots.set(key, new Set([slot]));
  }

  remove(key: string, slot: number): void {
    const slots = this.slots.get(key);
    slots?.delete(slot);
    if (slots?.size === 0) this.slots.delete(key);
  }
}
