import type { Collection } from '../engine';
import { Breaker } from './breaker';
import { keyOf } from './mapping';

/** Whether lists of one collection can be made: an index may be gone or red while all others answer. */
export class Outage {
  private readonly breaker = new Breaker();
  /** Since when they cannot, and when that was last so, on the clock of `performance`. */
  private failing: { since: number; at: number } | null = null;

  constructor(private readonly serveStaleMs: number) {}

  /** @throws EngineUnavailable where the cluster does not answer, or is left alone. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return this.breaker.run(work);
  }

  /** @returns For how long it has been so, in milliseconds. */
  noteFailure(): number {
    const now = performance.now();
    const { failing } = this;
    // Nobody may have asked since another one was over.
    const isAnother = !failing || now - failing.at > this.serveStaleMs;
    const since = isAnother ? now : failing.since;
    this.failing = { since, at: now };
    return now - since;
  }

  /** A list has been made. */
  end(): void {
    this.failing = null;
  }
}

/** The outages of all collections. */
export class Outages {
  private readonly known = new Map<string, Outage>();

  constructor(private readonly serveStaleMs: number) {}

  of(collection: Collection): Outage {
    const key = keyOf(collection);
    const outage = this.known.get(key) ?? new Outage(this.serveStaleMs);
    this.known.set(key, outage);
    return outage;
  }
}
