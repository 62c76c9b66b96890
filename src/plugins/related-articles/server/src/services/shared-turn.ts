import { AsyncLocalStorage } from 'node:async_hooks';

interface TurnOptions {
  /** Whom the work is for: those who wait take turns, whoever asks for most. Default: all work is for one. */
  caller?: string;
  /**
   * For how long others wait for this work at most, in milliseconds: code of the project may hang in it. Default: until
   * it ends.
   */
  longest?: number;
}

/** Does what keeps the process or the database busy one after the other, whichever request asks for it. */
export class SharedTurn {
  /** By caller; who has had a turn goes to the end. */
  private readonly waiting = new Map<string, (() => void)[]>();
  private readonly inside = new AsyncLocalStorage<true>();

  /** @param free How much of it may be done at once. Default 1. */
  constructor(private free = 1) {}

  async next<T>(
    work: () => Promise<T>,
    { caller = '', longest = Infinity }: TurnOptions = {},
  ): Promise<T> {
    // Work that asks for more of its kind would wait for itself.
    if (this.inside.getStore()) return work();
    await this.begin(caller);
    const done = this.inside.run(true, async () => work());
    const ended = done.then(
      () => undefined,
      () => undefined,
    );
    void (Number.isFinite(longest) ? within(ended, longest) : ended).then(() => this.end());
    return done;
  }

  private begin(caller: string): Promise<void> {
    if (this.free > 0) {
      this.free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const own = this.waiting.get(caller) ?? [];
      own.push(resolve);
      this.waiting.set(caller, own);
    });
  }

  /** Hands the turn on to who has waited longest for one. */
  private end(): void {
    const [next] = this.waiting;
    if (!next) {
      this.free += 1;
      return;
    }
    const [caller, own] = next;
    const start = own.shift();
    this.waiting.delete(caller);
    if (own.length > 0) this.waiting.set(caller, own);
    start?.();
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
