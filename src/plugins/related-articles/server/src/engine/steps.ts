/** Work in short steps, which yields wherever other work may run before it goes on. */
export type Steps<T> = Generator<void, T>;

/** How long steps are run before the process's other work gets its turn, in milliseconds. */
const SLICE_MS = 10;

/** Gives the process's other work its turn in the middle of work that waits for nothing. */
export class Turns {
  private sliceStart = performance.now();

  /** @param share Which share of the time the work may take, above 0 up to 1: less leaves pauses. Default 1. */
  constructor(private readonly share = 1) {}

  /** Waits for the others once this has gone on for long enough. */
  async give(): Promise<void> {
    const took = performance.now() - this.sliceStart;
    if (took < SLICE_MS) return;
    const pause = took * (1 / this.share - 1);
    await new Promise<void>((go) => (pause > 0 ? setTimeout(go, pause) : setImmediate(go)));
    this.sliceStart = performance.now();
  }
}

/** The work took more of the processor's time than it was given. */
export class BudgetExceeded extends Error {
  constructor(readonly budgetMs: number) {
    super(`it takes longer than ${budgetMs} ms`);
  }
}

/** Runs steps to their end without a pause. */
export function runAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/**
 * Runs steps to their end, and lets the process's other work run in between.
 *
 * @param budgetMs How long they may take, not counting pauses. Default: as long as they need.
 * @throws BudgetExceeded when they are not done by then.
 */
export async function runInSlices<T>(steps: Steps<T>, budgetMs = Infinity): Promise<T> {
  let sliceStart = performance.now();
  let spent = 0;
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    const slice = performance.now() - sliceStart;
    if (slice < SLICE_MS) continue;
    spent += slice;
    if (spent > budgetMs) throw new BudgetExceeded(budgetMs);
    await new Promise(setImmediate);
    sliceStart = performance.now();
  }
}
