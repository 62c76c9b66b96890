import { errors } from '@strapi/utils';
import type { Context } from 'koa';

import { hasNotBegun } from '../../changes/transactions';
import { isOutage } from '../../engine/engine';
import { Turns } from '../../engine/steps';
import { Unanswered } from '../../permissions/stray-links';
import { TurnMissed } from '../../services/shared-turn';

/** The messages for callers when the engine cannot be reached, and when the database cannot answer now. */
const UNREACHABLE = 'The index cannot be reached';
const BUSY = 'The database is busy';

/** What to tell callers of a failure that may pass; `null` for any other one. */
export function passingReason(error: unknown): string | null {
  if (isOutage(error)) return UNREACHABLE;
  if (error instanceof Unanswered) return BUSY;
  return hasNotBegun(error) ? BUSY : null;
}

/** The request has taken too long to go on. */
class TooLate extends Error {}

/** There is no answer now; a later request may get one. */
export class Unavailable extends errors.ApplicationError {}

/** Limits how long a request may run. */
export class Deadline {
  private readonly end: number;
  /** Yields to other work, because SQLite never yields by itself. */
  private readonly turns = new Turns();
  private response: Context['res'] | null = null;
  /** Whether the caller was answered without the result: nothing that comes later may change the response. */
  isGivenUp = false;

  /** @param milliseconds The option `limits.requestTime`. */
  constructor(private readonly milliseconds: number) {
    this.end = performance.now() + milliseconds;
  }

  /**
   * Lets the process's other work have its turn.
   *
   * @throws TooLate when nobody waits for the answer any more.
   */
  async check(): Promise<void> {
    this.checkNow();
    await this.turns.give();
  }

  /**
   * The same without waiting for other work, for what holds a turn that others wait for.
   *
   * @throws TooLate as above.
   */
  checkNow(): void {
    if (this.isOver) throw new TooLate();
  }

  /** Whether nobody waits for the answer any more. */
  get isOver(): boolean {
    return performance.now() > this.end || this.response?.destroyed === true;
  }

  /** How much time is left, in milliseconds. */
  get left(): number {
    return this.end - performance.now();
  }

  /** Waits for an answer; responds with 503 if it does not come in time or the index cannot be reached. */
  async hold<T>(ctx: Context, answer: Promise<T>): Promise<unknown> {
    try {
      return await this.within(ctx, answer);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      return unavailable(ctx, error.message);
    }
  }

  /** @throws Unavailable if the answer does not come in time or the index cannot be reached. */
  async within<T>(ctx: Context, answer: Promise<T>): Promise<T> {
    // After a timeout nobody awaits the answer; don't report its rejection.
    answer.catch(() => undefined);
    this.response = ctx.res;
    const tooLate = () => new Unavailable(`No answer within ${this.milliseconds} ms`);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const giveUp = () => {
        this.isGivenUp = true;
        reject(tooLate());
      };
      timer = setTimeout(giveUp, Math.max(0, this.end - performance.now()));
    });
    try {
      return await Promise.race([answer, late]);
    } catch (error) {
      const reason = passingReason(error);
      if (reason !== null) throw new Unavailable(reason);
      throw error instanceof TooLate || error instanceof TurnMissed ? tooLate() : error;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** When to retry, in seconds: by then, much of what the answer needs is cached. */
const RETRY_AFTER = '5';

/** Answers with 503. */
export function unavailable(ctx: Context, message: string): object {
  ctx.status = 503;
  ctx.set('Cache-Control', 'no-store');
  ctx.set('Retry-After', RETRY_AFTER);
  const error = { status: 503, name: 'ServiceUnavailableError', message, details: {} };
  return { data: null, error };
}
