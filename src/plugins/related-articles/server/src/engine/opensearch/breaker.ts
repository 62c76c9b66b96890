import { EngineUnavailable } from '../engine';
import { SearchFailure } from './client';

/** After this many failures in a row, the cluster is left alone for a while. */
const FAILURES = 3;
const PAUSE_MS = 2000;

/**
 * Keeps requests from waiting for a cluster that does not answer: after some failures, all fail at once, and now and
 * then one of them checks whether it is back (the circuit breaker of Nygard, Release It!, 2007).
 */
export class Breaker {
  private failures = 0;
  private openUntil = -Infinity;

  /** @throws EngineUnavailable where the cluster does not answer, or is left alone. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const now = performance.now();
    if (this.failures >= FAILURES) {
      if (now < this.openUntil) throw new EngineUnavailable('The search cluster is not available.');
      // This request checks the cluster; the next ones fail until it has an answer.
      this.openUntil = now + PAUSE_MS;
    }
    try {
      const result = await work();
      this.failures = 0;
      return result;
    } catch (error) {
      if (!(error instanceof SearchFailure && error.isOutage)) throw error;
      this.failures += 1;
      this.openUntil = performance.now() + PAUSE_MS;
      throw new EngineUnavailable(`The search cluster is not available: ${error.message}`, {
        cause: error,
      });
    }
  }
}
