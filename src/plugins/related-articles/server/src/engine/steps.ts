/** Work in short steps, which yields wherever other work may run before it goes on. */
export type Steps<T> = Generator<void, T>;

/** How long steps are run before the process's other work gets its turn, in milliseconds. */
const SLICE_MS = 10;

let last: Promise<void> = Promise.resolve();
/** How much of the time went to slices, in milliseconds. */
let sliced = 0;

/**
 * Lets the process's other work have its turn. Of several that wait, each goes on in a turn of its own: Node runs all
 * that is due at once, and what comes from outside would wait for a slice of each of them.
 */
export function afterOthers(): Promise<void> {
  last = last.then(() => new Promise<void>((go) => setImmediate(go)));
  return last;
}

/** How often others get their turn between two pieces of long work: an answer of Strapi's takes several. */
const ROUNDS = 8;
/** Beyond that they have had their share, in milliseconds: where somebody waits for the work, and where nobody does. */
const SHARE_MS = { awaited: 30, other: 100 };
/** A turn that took less was nobody's, in milliseconds. */
const EMPTY_MS = 0.1;

/**
 * Lets the process's other work have several turns.
 *
 * @param isAwaited Whether anybody waits for the work. Otherwise it goes on once the others have nothing to do.
 */
async function afterAnswers(isAwaited: boolean): Promise<void> {
  // Texts that are read meanwhile, in slices, are no others' work.
  const ofOthers = () => performance.now() - sliced;
  let now = ofOthers();
  const end = now + SHARE_MS[isAwaited ? 'awaited' : 'other'];
  for (let round = 0; round < ROUNDS && now < end; round += 1) {
    const before = now;
    await new Promise(setImmediate);
    now = ofOthers();
    if (!isAwaited && now - before > EMPTY_MS) round = -1;
  }
}

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
    await (pause > 0 ? new Promise((go) => setTimeout(go, pause)) : afterOthers());
    this.sliceStart = performance.now();
  }

  /**
   * The same for long work: answers come first.
   *
   * @param isAwaited Whether anybody waits for it. Otherwise it may take ten times as long beside many answers.
   */
  async giveToAnswers(isAwaited: boolean): Promise<void> {
    if (performance.now() - this.sliceStart < SLICE_MS) return;
    await afterAnswers(isAwaited);
    this.sliceStart = performance.now();
  }
}

/** For how long somebody goes on whose work is many short pieces where another one's is long, in milliseconds. */
const MOST_MS = 100;

/**
 * Does what takes milliseconds and waits for nothing one after the other, whoever asks for it, with turns for the
 * process's other work in between: promises alone let nothing else in before the last of them.
 */
export class Line {
  private last: Promise<unknown> = Promise.resolve();
  private spent = 0;
  /** How long the longest piece took of those that were done last, and whose it was. */
  private longest = { took: 0, whose: {} as object };

  /** Does one piece of work. */
  async next<T>(work: () => T): Promise<T> {
    const [done] = await this.each([work], (one) => one());
    return done;
  }

  /** Does several, and lets others come first where that takes longer than what they want done. */
  async each<From, To>(all: readonly From[], make: (one: From) => To): Promise<To[]> {
    const made: To[] = [];
    while (made.length < all.length) await this.piece(() => this.some(all, make, made));
    return made;
  }

  private some<From, To>(all: readonly From[], make: (one: From) => To, made: To[]): void {
    const { took, whose } = this.longest;
    const share = whose === made ? SLICE_MS : Math.max(SLICE_MS, Math.min(took, MOST_MS));
    const longest = { took: 0, whose: made };
    const start = performance.now();
    let now = start;
    try {
      do {
        const before = now;
        made.push(make(all[made.length]));
        now = performance.now();
        longest.took = Math.max(longest.took, now - before);
      } while (made.length < all.length && now - start < share);
    } finally {
      this.spent += performance.now() - start;
      this.longest = longest;
    }
  }

  private piece(work: () => void): Promise<void> {
    const done = this.last.then(async () => {
      await this.pause();
      work();
    });
    this.last = done.catch(() => undefined);
    return done;
  }

  private async pause(): Promise<void> {
    if (this.spent < SLICE_MS) return;
    this.spent = 0;
    await afterAnswers(true);
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

/** A slice that took longer may have been interrupted: the process or its machine was paused, in milliseconds. */
const PAUSED_MS = 50;

/** How much of the processor's time the process has taken, in milliseconds. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export interface SliceOptions {
  /** How much of the processor's time the steps may take, in milliseconds. Default: as much as they need. */
  budgetMs?: number;
  /** Asked between slices whether anybody waits for the steps. Otherwise answers come first. Default: somebody does. */
  isAwaited?(): boolean;
  /** Told how long each slice took, in milliseconds. */
  onSlice?(took: number): void;
}

/**
 * Runs steps to their end, and lets the process's other work run in between.
 *
 * @throws BudgetExceeded when they are not done in time.
 */
export async function runInSlices<T>(
  steps: Steps<T>,
  { budgetMs = Infinity, isAwaited = () => true, onSlice }: SliceOptions = {},
): Promise<T> {
  let sliceStart = performance.now();
  let processorStart = processorTime();
  let spent = 0;
  for (;;) {
    const { done, value } = steps.next();
    const slice = performance.now() - sliceStart;
    if (!done && slice < SLICE_MS) continue;
    onSlice?.(slice);
    if (done) return value;
    spent += slice < PAUSED_MS ? slice : Math.min(slice, processorTime() - processorStart);
    sliced += slice;
    if (spent > budgetMs) throw new BudgetExceeded(budgetMs);
    // For some turns, not until the others have nothing to do: what rests on the steps waits for them, too.
    await (isAwaited() ? afterOthers() : afterAnswers(true));
    sliceStart = performance.now();
    processorStart = processorTime();
  }
}
