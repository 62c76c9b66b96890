/** How many times as long the second input is. */
export const FACTOR = 4;
/** Tells growth by the length (4) from growth by its square (16): their geometric mean. */
const MOST_GROWTH = 8;
/** What the processor works for less than this is noise, in milliseconds. */
const NOISE_MS = 40;
/** Nobody minds to wait for so long, and garbage may be collected in the same step each time. */
const STEP_NOISE_MS = 150;
/** A busy machine makes work look longer, never shorter, so the least of several tries counts. */
const TRIES = 6;

/** Nothing that takes some hundred milliseconds takes that long on any machine; what explodes takes minutes. */
export const FAR_TOO_LONG_MS = 20_000;

/** The processor's time that this process has used, in milliseconds: other processes add nothing to it. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export interface Cost {
  /** All of the work, in milliseconds of the processor. */
  total: number;
  /** Each step of it in its turn. Other work of the process waits for as long as the longest takes. */
  steps: number[];
}

/** What work costs that is done in one step. */
export function costOf(work: () => void): Cost {
  const started = processorTime();
  work();
  const total = processorTime() - started;
  return { total, steps: [total] };
}

/** The least of each step, as garbage is collected in another one each time. */
const leastOf = (a: Cost, b: Cost): Cost => ({
  total: Math.min(a.total, b.total),
  steps: a.steps.map((step, at) => Math.min(step, b.steps[at] ?? Infinity)),
});

/** The longest step that some costs of the same work have in common. */
export const longestOf = (...costs: [Cost, ...Cost[]]): number =>
  Math.max(...costs.reduce(leastOf).steps);

/** How much more one cost is than another, where neither counts as less than noise. */
const growthOf = (short: number, long: number, noise: number): number =>
  long / Math.max(short, noise);

/**
 * Fails where work on {@link FACTOR} times the length costs far more than {@link FACTOR} times as much, or where its
 * longest step grows with the length although it is done `inSteps`.
 */
export function expectLinear(cost: (length: number) => Cost, long: number, inSteps = false): void {
  let [least, most] = [cost(long / FACTOR), cost(long)];
  for (let tries = 1; ; tries += 1) {
    const total = growthOf(least.total, most.total, NOISE_MS);
    const longest = inSteps ? growthOf(longestOf(least), longestOf(most), STEP_NOISE_MS) : 1;
    if (total < MOST_GROWTH && longest < FACTOR / 2) return;
    if (tries === TRIES) {
      const figures = [least, most].map((one) => `${one.total} ms, ${longestOf(one)} ms at once`);
      throw new Error(`${FACTOR} times the length: ${figures.join(', then ')}`);
    }
    least = leastOf(least, cost(long / FACTOR));
    most = leastOf(most, cost(long));
  }
}
