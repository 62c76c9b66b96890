/** Work in short steps. It yields wherever other work may run in between. */
export type Steps<T> = Generator<void, T>;

/** How long steps run before the process's other work gets its turn, in milliseconds. */
const SLICE_MS = 10;

let last: Promise<void> = Promise.resolve();
/** Total time that slices have taken, in milliseconds. */
let sliced = 0;

/**
 * Lets the process's other work have its turn. If several callers wait, each continues in a turn of its own: Node would
 * run them all in the same turn, and incoming requests would wait for a slice of each.
 */
export function afterOthers(): Promise<void> {
  last = last.then(() => new Promise<void>((go) => setImmediate(go)));
  return last;
}

/** How many turns other work gets between two pieces of long work: a response of Strapi takes several. */
const ROUNDS = 8;
/** The longest that long work waits for other work, in milliseconds: if somebody waits for it, and if nobody does. */
const SHARE_MS = { awaited: 30, other: 100 };
/** A turn shorter than this did no other work, in milliseconds. */
const EMPTY_MS = 0.1;

/**
 * Lets the process's other work have several turns.
 *
 * @param isAwaited Whether anybody waits for the long work. If not, it goes on once there is no other work.
 */
async function afterAnswers(isAwaited: boolean): Promise<void> {
  // Slices that run meanwhile, such as long texts being read, are not other work.
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

/** Lets the process's other work run in the middle of work that awaits nothing. */
export class Turns {
  private sliceStart = performance.now();

  /** @param share The share of the time that the work may take, above 0 up to 1. Below 1, it pauses. Default: 1. */
  constructor(private readonly share = 1) {}

  /** Lets other work run if the current slice has lasted long enough. */
  async give(): Promise<void> {
    const took = performance.now() - this.sliceStart;
    if (took < SLICE_MS) return;
    const pause = took * (1 / this.share - 1);
    await (pause > 0 ? new Promise((go) => setTimeout(go, pause)) : afterOthers());
    this.sliceStart = performance.now();
  }

  /**
   * `give` for long work: other requests go first.
   *
   * @param isAwaited Whether anybody waits for it. If not, it may take ten times as long while there are many requests.
   */
  async giveToAnswers(isAwaited: boolean): Promise<void> {
    if (performance.now() - this.sliceStart < SLICE_MS) return;
    await afterAnswers(isAwaited);
    this.sliceStart = performance.now();
  }
}

/** How long a caller with many short pieces may go on after another caller's long piece, in milliseconds. */
const MOST_MS = 100;

/**
 * Runs pieces of work that take milliseconds and await nothing, one after the other for all callers, with turns for the
 * process's other work in between. Promises alone would let nothing else run before the last of them.
 */
export class Line {
  private last: Promise<unknown> = Promise.resolve();
  private spent = 0;
  /** How long the longest piece of the last run took, and which caller's it was. */
  private longest = { took: 0, whose: {} as object };

  /** Runs one piece of work. */
  async next<T>(work: () => T): Promise<T> {
    const [done] = await this.each([work], (one) => one());
    return done;
  }

  /** Runs several pieces, in turns with other callers: those with little work need not wait for all of them. */
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

/** Thrown when work takes more processor time than it was given. */
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

/** A slice longer than this may include a pause of the process or its machine, in milliseconds. */
const PAUSED_MS = 50;

/** Processor time that the process has used, in milliseconds. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export interface SliceOptions {
  /** Processor time that the steps may take, in milliseconds. Default: as much as they need. */
  budgetMs?: number;
  /** Asked between slices whether anybody waits. If not, other requests go first. Default: somebody does. */
  isAwaited?(): boolean;
  /** Called with how long each slice took, in milliseconds. */
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
    // Wait for a few turns only, not until there is no other work: whatever needs the result of the steps waits, too.
    await (isAwaited() ? afterOthers() : afterAnswers(true));
    sliceStart = performance.now();
    processorStart = processorTime();
  }
}
