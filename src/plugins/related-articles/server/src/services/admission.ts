import { SharedTurn } from './shared-turn';

/** How many requests for several lists are worked on at once: while one waits for the database, others go on. */
const AT_ONCE = 4;
/** How much a request's cost counts in the average. */
const WEIGHT = 0.2;
/** The share of a request's time that it may spend waiting. */
const WAITING_SHARE = 0.5;

/** More lists are waiting than can be made in time. */
export class Overload extends Error {}

interface AdmittedOptions {
  /** Callers who wait take turns. */
  caller: string;
  /** How many lists the request needs. */
  lists: number;
  /** How much time the request has left, in milliseconds. */
  timeLeft(): number;
}

/**
 * Admits requests for several lists, a few at a time, and refuses at once those that could not be answered in time.
 * Otherwise, slightly more requests than the process can bear would leave all of them unanswered: each would get its
 * turn when its time is nearly over (admission control, as in Welsh and Culler, "Adaptive Overload Control for Busy
 * Internet Servers", USITS 2003).
 */
export class Admission {
  private readonly turn = new SharedTurn(AT_ONCE);
  /** How much time the process needs for a list on average, in milliseconds. */
  private listMs = 0;
  /** How many requests are being worked on. */
  private running = 0;
  /** How many lists wait or are being made, by caller. */
  private readonly pending = new Map<string, number>();

  /** @throws Overload if the work could not be done in the time left. */
  async run<T>(work: () => Promise<T>, { caller, lists, timeLeft }: AdmittedOptions): Promise<T> {
    // The first request is always admitted: the average may be from worse times.
    const isFirst = this.pending.size === 0;
    if (!isFirst && this.expectedMs(caller, lists) > WAITING_SHARE * timeLeft())
      throw new Overload();
    this.add(caller, lists);
    try {
      return await this.turn.next(async () => {
        if (!isFirst && this.listMs * lists > timeLeft()) throw new Overload();
        const start = performance.now();
        const before = (this.running += 1);
        try {
          return await work();
        } finally {
          // Requests that run at once share the process.
          const shared = (before + this.running) / 2;
          this.running -= 1;
          this.note((performance.now() - start) / (lists * shared));
        }
      }, { caller }); // prettier-ignore
    } finally {
      this.add(caller, -lists);
    }
  }

  /** The expected time until a caller's lists are made. */
  private expectedMs(caller: string, lists: number): number {
    const own = this.pending.get(caller) ?? 0;
    let before = own;
    for (const [other, count] of this.pending) {
      if (other !== caller) before += Math.min(count, own + lists);
    }
    return this.listMs * (before + lists);
  }

  private note(listMs: number): void {
    this.listMs = this.listMs === 0 ? listMs : (1 - WEIGHT) * this.listMs + WEIGHT * listMs;
  }

  private add(caller: string, lists: number): void {
    const count = (this.pending.get(caller) ?? 0) + lists;
    if (count > 0) this.pending.set(caller, count);
    else this.pending.delete(caller);
  }
}
