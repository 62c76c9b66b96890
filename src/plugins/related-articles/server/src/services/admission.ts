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
  /** How many requests wait or are being worked on. */
  private requests = 0;
  /** How many requests are being worked on. */
  private running = 0;
  /** How many lists wait or are being made, by caller. */
  private readonly pending = new Map<string, number>();

  /** @throws Overload if the work could not be done in the time left. */
  async run<T>(work: () => Promise<T>, { caller, lists, timeLeft }: AdmittedOptions): Promise<T> {
    // A request that need not wait is always admitted: the average may be from worse times.
    const waits = this.requests >= AT_ONCE;
    if (waits && this.isTooLong(caller, lists, timeLeft())) throw new Overload();
    this.requests += 1;
    this.add(caller, lists);
    try {
      const inTurn = async () => {
        if (waits && this.listMs * lists > timeLeft()) throw new Overload();
        return this.measured(work, lists);
      };
      return await this.turn.next(inTurn, { caller });
    } finally {
      this.requests -= 1;
      this.add(caller, -lists);
    }
  }

  private async measured<T>(work: () => Promise<T>, lists: number): Promise<T> {
    const start = performance.now();
    const before = (this.running += 1);
    let isDone = false;
    try {
      const result = await work();
      isDone = true;
      return result;
    } finally {
      // Requests that run at once share the process.
      const shared = (before + this.running) / 2;
      this.running -= 1;
      const listMs = (performance.now() - start) / (lists * shared);
      // A request that fails at once, such as one that nobody waits for any more, says nothing of others.
      if (isDone || listMs > this.listMs) this.note(listMs);
    }
  }

  /** Whether a caller's lists could not be made in time, or would wait for too long. */
  private isTooLong(caller: string, lists: number, timeLeft: number): boolean {
    const own = this.pending.get(caller) ?? 0;
    let before = own;
    for (const [other, count] of this.pending) {
      if (other !== caller) before += Math.min(count, own + lists);
    }
    const waitMs = this.listMs * before;
    return waitMs > WAITING_SHARE * timeLeft || waitMs + this.listMs * lists > timeLeft;
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
