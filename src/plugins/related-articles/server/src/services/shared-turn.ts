import { AsyncLocalStorage } from 'node:async_hooks';

/** Does what keeps the process or the database busy one after the other, whichever request asks for it. */
export class SharedTurn {
  private readonly lanes: { last: Promise<unknown>; waiting: number }[];
  private readonly inside = new AsyncLocalStorage<true>();

  /** @param together How much of it may be done at once. Default 1. */
  constructor(together = 1) {
    this.lanes = Array.from({ length: together }, () => ({ last: Promise.resolve(), waiting: 0 }));
  }

  /**
   * @param longest For how long others wait for this work at most, in milliseconds: code of the project may hang in it.
   * Default: until it ends.
   */
  next<T>(work: () => Promise<T>, longest = Infinity): Promise<T> {
    // Work that asks for more of its kind would wait for itself.
    if (this.inside.getStore()) return work();
    const lane = this.lanes.reduce((one, other) => (other.waiting < one.waiting ? other : one));
    lane.waiting += 1;
    const before = lane.last;
    const done = before.then(() => this.inside.run(true, work));
    const ended = done.then(
      () => undefined,
      () => undefined,
    );
    const over = Number.isFinite(longest) ? before.then(() => within(ended, longest)) : ended;
    lane.last = over.then(() => {
      lane.waiting -= 1;
    });
    return done;
  }
}

function within(ended: Promise<void>, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    void ended.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
