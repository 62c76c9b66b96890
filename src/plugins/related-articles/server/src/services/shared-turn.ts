import { AsyncLocalStorage } from 'node:async_hooks';

/** Does what keeps the process or the database busy one after the other, whichever request asks for it. */
export class SharedTurn {
  private last: Promise<unknown> = Promise.resolve();
  private readonly inside = new AsyncLocalStorage<true>();

  /**
   * @param longest For how long others wait for this work at most, in milliseconds: code of the project may hang in it.
   * Default: until it ends.
   */
  next<T>(work: () => Promise<T>, longest = Infinity): Promise<T> {
    // Work that asks for more of its kind would wait for itself.
    if (this.inside.getStore()) return work();
    const done = this.last.then(() => this.inside.run(true, work));
    const ended = done.then(
      () => undefined,
      () => undefined,
    );
    this.last = Number.isFinite(longest) ? this.last.then(() => within(ended, longest)) : ended;
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
