/** How many times longer the second input is. */
export const FACTOR = 4;
/** Separates linear growth (4 times) from quadratic growth (16 times): their geometric mean. */
const MOST_GROWTH = 8;
/** Less processor time than this is noise, in milliseconds. */
const NOISE_MS = 40;
/** Nobody minds waiting this long, and garbage may be collected in the same step each time. */
const STEP_NOISE_MS = 150;
/** A busy machine makes work look longer, never shorter, so the least of several tries counts. */
const TRIES = 6;

/** Work of some hundred milliseconds never takes this long on any machine; work that explodes takes minutes. */
export const FAR_TOO_LONG_MS = 20_000;

/** The processor time that this process has used, in milliseconds; other processes do not count. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export interface Cost {
  /** All of the work, in milliseconds of processor time. */
  total: number;
  /** Each step, in order. Other work of the process waits as long as the longest step takes. */
  steps: number[];
}

/** The cost of work that is done in one step. */
export function costOf(work: () => void): Cost {
  const started = processorTime();
  work();
  const total = processorTime() - started;
  return { total, steps: [total] };
}

/** The minimum for each step, as garbage is collected in a different step each time. */
const leastOf = (a: Cost, b: Cost): Cost => ({
  total: Math.min(a.total, b.total),
  steps: a.steps.map((step, at) => Math.min(step, b.steps[at] ?? Infinity)),
});

/** The longest step of the same work, after taking the minimum of each step. */
export const longestOf = (...costs: [Cost, ...Cost[]]): number =>
  Math.max(...costs.reduce(leastOf).steps);

/** How many times as much the long input costs; the short one's cost counts as at least the noise. */
const growthOf = (short: number, long: number, noise: number): number =>
  long / Math.max(short, noise);

/** The cost of several runs of the same work: their mean, and the least of each step. */
function costOfRuns(runs: readonly [Cost, ...Cost[]]): Cost {
  const total = runs.reduce((sum, run) => sum + run.total, 0) / runs.length;
  return { ...runs.reduce(leastOf), total };
}

/**
 * Fails if work on {@link FACTOR} times the length costs far more than {@link FACTOR} times as much, or if its longest
 * step grows with the length although it is done `inSteps`.
 */
export function expectLinear(cost: (length: number) => Cost, long: number, inSteps = false): void {
  /** Takes as long as the long input: a shorter run could find the machine idle more easily. */
  const several = () => costOfRuns(Array.from({ length: FACTOR }, () => cost(long / FACTOR)) as [Cost, ...Cost[]]); // prettier-ignore
  let [least, most] = [cost(long / FACTOR), cost(long)];
  for (let tries = 1; ; tries += 1) {
    const total = growthOf(least.total, most.total, NOISE_MS);
    const longest = inSteps ? growthOf(longestOf(least), longestOf(most), STEP_NOISE_MS) : 1;
    if (total < MOST_GROWTH && longest < FACTOR / 2) return;
    if (tries === TRIES) {
      const figures = [least, most].map((one) => `${one.total} ms, ${longestOf(one)} ms at once`);
      throw new Error(`${FACTOR} times the length: ${figures.join(', then ')}`);
    }
    least = tries === 1 ? several() : leastOf(least, several());
    most = leastOf(most, cost(long));
  }
}
