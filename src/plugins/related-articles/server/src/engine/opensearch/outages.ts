import type { Collection } from '../engine';
import { Breaker } from './breaker';
import { keyOf } from './mapping';

/** Tracks whether lists of one collection can be made: its index may be gone or red while all others answer. */
export class Outage {
  private readonly breaker = new Breaker();
  /** Since when lists cannot be made, and when that last happened, by `performance.now()`. */
  private failing: { since: number; at: number } | null = null;

  constructor(private readonly serveStaleMs: number) {}

  /** @throws EngineUnavailable where the cluster does not answer, or is left alone. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return this.breaker.run(work);
  }

  /** @returns How long the outage has lasted, in milliseconds. */
  noteFailure(): number {
    const now = performance.now();
    const { failing } = this;
    // An earlier outage may have ended without anybody asking for a list.
    const isAnother = !failing || now - failing.at > this.serveStaleMs;
    const since = isAnother ? now : failing.since;
    this.failing = { since, at: now };
    return now - since;
  }

  /** Ends the outage: a list has been made. */
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
