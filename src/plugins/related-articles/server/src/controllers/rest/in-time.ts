import { errors } from '@strapi/utils';
import type { Context } from 'koa';

/** Marks an answer that did not come in time. */
const LATE = Symbol('late');

/** How long a request may go on. */
export class Deadline {
  private readonly end: number;

  /** @param milliseconds The option `limits.requestTime`. */
  constructor(private readonly milliseconds: number) {
    this.end = performance.now() + milliseconds;
  }

  /** @throws when nobody waits for the answer any more. */
  check(): void {
    if (performance.now() > this.end)
      throw new errors.ApplicationError('The request took too long');
  }

  /** Answers with 503 where the answer does not come in time. */
  async hold<T>(ctx: Context, answer: Promise<T>): Promise<unknown> {
    // After a timeout nobody awaits the answer; don't report its rejection.
    answer.catch(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<typeof LATE>((resolve) => {
      timer = setTimeout(() => resolve(LATE), this.milliseconds);
    });
    try {
      const body = await Promise.race([answer, late]);
      if (body !== LATE) return body;
    } finally {
      clearTimeout(timer);
    }
    const message = `No answer within ${this.milliseconds} ms`;
    ctx.status = 503;
    const error = { status: 503, name: 'ServiceUnavailableError', message, details: {} };
    return { data: null, error };
  }
}
