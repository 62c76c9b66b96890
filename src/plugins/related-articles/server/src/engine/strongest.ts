/** Keeps the few items of greatest weight of many, without keeping or sorting the rest. */
export class Strongest {
  private readonly ids: number[] = [];
  private readonly weights: number[] = [];

  /** @param limit How many are kept: tens at most, as each is compared with those kept so far. */
  constructor(private readonly limit: number) {}

  add(id: number, weight: number): void {
    const { ids, weights, limit } = this;
    if (weights.length >= limit && !(weight > weights[limit - 1])) return;
    let at = Math.min(weights.length, limit - 1);
    for (; at > 0 && weights[at - 1] < weight; at -= 1) {
      ids[at] = ids[at - 1];
      weights[at] = weights[at - 1];
    }
    ids[at] = id;
    weights[at] = weight;
  }

  /** Greatest weight first; of equal ones, the first that was added. */
  get all(): readonly number[] {
    return this.ids;
  }
}
