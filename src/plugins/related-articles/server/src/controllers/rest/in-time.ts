import type { Context } from 'koa';

import { EngineUnavailable } from '../../engine/engine';
import { Turns } from '../../engine/steps';

/** The request has taken too long to go on. */
class TooLate extends Error {}

/** Marks an answer that did not come in time. */
const LATE = Symbol('late');

/** How long a request may go on. */
export class Deadline {
  private readonly end: number;
  /** SQLite gives others none by itself. */
  private readonly turns = new Turns();
  private response: Context['res'] | null = null;

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
    if (performance.now() > this.end || this.response?.destroyed) throw new TooLate();
    await this.turns.give();
  }

  /** Answers with 503 where the answer does not come in time. */
  async hold<T>(ctx: Context, answer: Promise<T>): Promise<unknown> {
    // After a timeout nobody awaits the answer; don't report its rejection.
    answer.catch(() => undefined);
    this.response = ctx.res;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<typeof LATE>((resolve) => {
      timer = setTimeout(() => resolve(LATE), this.milliseconds);
    });
    try {
      const body = await Promise.race([answer, late]);
      if (body !== LATE) return body;
    } catch (error) {
      if (error instanceof EngineUnavailable) return unavailable(ctx, 'The index cannot be reached'); // prettier-ignore
      if (!(error instanceof TooLate)) throw error;
    } finally {
      clearTimeout(timer);
    }
    return unavailable(ctx, `No answer within ${this.milliseconds} ms`);
  }
}

function unavailable(ctx: Context, message: string): object {
  ctx.status = 503;
  const error = { status: 503, name: 'ServiceUnavailableError', message, details: {} };
  return { data: null, error };
}
