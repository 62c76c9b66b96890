import type { Core } from '@strapi/strapi';

import { asError } from '../content/as-error';
import { withoutStatement } from '../content/without-statement';

/** Something that keeps the index from being in step, or soon might. */
export interface Problem {
  /** A phrase that names it. */
  what: string;
  /** The phrase and the reason, which may name an entry. */
  message: string;
  /** When it began, in milliseconds since 1970. */
  since: number;
}

/** Receives problems when they begin and when they are resolved. */
export interface ProblemSink {
  /**
   * @param what A phrase that names the problem, such as `the change log cannot be read`.
   * @param thrown The error; anything else that was thrown counts as one.
   */
  raise(what: string, thrown: unknown): void;
  resolve(what: string): void;
}

/** The current problems. Each problem is logged when it begins and when it ends, not in between. */
export class Problems implements ProblemSink {
  private readonly present = new Map<string, Problem>();

  constructor(private readonly log: Core.Strapi['log']) {}

  raise(what: string, thrown: unknown): void {
    if (this.present.has(what)) return;
    const error = asError(thrown);
    // Statements contain what editors wrote; only the log of the server has them.
    const message = `${what}: ${withoutStatement(error)}`;
    this.present.set(what, { what, message, since: Date.now() });
    this.log.error(`related-articles: ${what}: ${error.message}`);
  }

  resolve(what: string): void {
    const problem = this.present.get(what);
    if (!problem) return;
    this.present.delete(what);
    const seconds = Math.round((Date.now() - problem.since) / 1000);
    this.log.info(`related-articles: resolved after ${seconds} s: ${what}`);
  }

  list(): Problem[] {
    return [...this.present.values()];
  }
}

/** The problems of work that may end before they are resolved: when the work ends, so do they. */
export class PartProblems implements ProblemSink {
  private readonly raised = new Set<string>();

  constructor(private readonly whole: ProblemSink) {}

  raise(what: string, thrown: unknown): void {
    this.raised.add(what);
    this.whole.raise(what, thrown);
  }

  resolve(what: string): void {
    this.raised.delete(what);
    this.whole.resolve(what);
  }

  end(): void {
    for (const what of this.raised) this.resolve(what);
  }
}
