/**
 * The links between the documents of one collection. Targets are kept as written (a slug or an id) and resolved on
 * demand: a link works from the moment its target exists, and stops working when the target is gone.
 */
export class LinkGraph {
  /** Slug or id -> the slots that it may mean. More than one only where slugs are not unique. */
  private readonly owners = new Map<string, Set<number>>();
  /** Target as written -> the slots that link to it. */
  private readonly sources = new Map<string, Set<number>>();
  /** Which of several owners a link means, for links that were resolved since the last write. */
  private readonly firsts = new Map<string, number>();

  /** `order` decides which of several documents with the same slug a link means; it must not depend on history. */
  constructor(private readonly order: (a: number, b: number) => number) {}

  /** Whether no document links to anything. */
  get isEmpty(): boolean {
    return this.sources.size === 0;
  }

  add(slot: number, addresses: readonly string[], targets: readonly string[]): void {
    this.firsts.clear();
    for (const address of addresses) link(this.owners, address, slot);
    for (const target of targets) link(this.sources, target, slot);
  }

  remove(slot: number, addresses: readonly string[], targets: readonly string[]): void {
    this.firsts.clear();
    for (const address of addresses) unlink(this.owners, address, slot);
    for (const target of targets) unlink(this.sources, target, slot);
  }

  /** Whether any document has this address. */
  has(target: string): boolean {
    return this.owners.has(target);
  }

  /** The distinct slots that these targets lead to, without `self`, in the order of the targets. */
  targets(targets: readonly string[], self: number): number[] {
    const found = new Set<number>();
    for (const target of targets) {
      const slot = this.resolve(target);
      if (slot >= 0 && slot !== self) found.add(slot);
    }
    return [...found];
  }

  /** `targets`, where a link means all documents with its address. */
  allTargets(targets: readonly string[], self: number): number[] {
    return slotsOf(this.owners, targets, self);
  }

  /** `linking`, where a link means all documents with its address. */
  allLinking(addresses: readonly string[], self: number): number[] {
    return slotsOf(this.sources, addresses, self);
  }

  /** The distinct slots that link to a document with these addresses, without `self`; in no particular order. */
  linking(addresses: readonly string[], self: number): number[] {
    const found = new Set<number>();
    for (const slots of this.sourcesOf(addresses, self)) for (const slot of slots) found.add(slot);
    found.delete(self);
    return [...found];
  }

  /** How many links lead to these addresses: at least as many as `allLinking` has slots. */
  countLinks(addresses: readonly string[]): number {
    return addresses.reduce((sum, address) => sum + (this.sources.get(address)?.size ?? 0), 0);
  }

  /** The number of slots that `linking` returns. Much faster if there are many. */
  countLinking(addresses: readonly string[], self: number): number {
    const sets = this.sourcesOf(addresses, self).sort((a, b) => b.size - a.size);
    let count = sets.length > 0 ? sets[0].size - Number(sets[0].has(self)) : 0;
    for (const [i, slots] of sets.entries()) {
      if (i === 0) continue;
      for (const slot of slots) {
        if (slot !== self && !sets.slice(0, i).some((before) => before.has(slot))) count += 1;
      }
    }
    return count;
  }

  private sourcesOf(addresses: readonly string[], self: number): ReadonlySet<number>[] {
    const ownAddresses = addresses.filter((address) => self < 0 || this.resolve(address) === self);
    return ownAddresses.flatMap((address) => this.sources.get(address) ?? []);
  }

  private resolve(target: string): number {
    const owners = this.owners.get(target);
    if (!owners) return -1;
    if (owners.size === 1) return owners.values().next().value as number;
    let first = this.firsts.get(target) ?? -1;
    if (first >= 0) return first;
    for (const slot of owners) if (first < 0 || this.order(slot, first) < 0) first = slot;
    this.firsts.set(target, first);
    return first;
  }
}

function slotsOf(
  map: ReadonlyMap<string, ReadonlySet<number>>,
  keys: readonly string[],
  self: number,
): number[] {
  const found = new Set(keys.flatMap((key) => [...(map.get(key) ?? [])]));
  found.delete(self);
  return [...found];
}

function link(map: Map<string, Set<number>>, key: string, slot: number): void {
  const slots = map.get(key);
  if (slots) slots.add(slot);
  else map.set(key, new Set([slot]));
}

function unlink(map: Map<string, Set<number>>, key: string, slot: number): void {
  const slots = map.get(key);
  slots?.delete(slot);
  if (slots?.size === 0) map.delete(key);
}
