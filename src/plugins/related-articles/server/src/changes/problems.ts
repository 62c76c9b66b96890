import type { Core } from '@strapi/strapi';

/** Something that keeps the index from being in step, or soon might. */
export interface Problem {
  message: string;
  /** When it began, in milliseconds since 1970. */
  since: number;
}

/** The current problems. Each problem is logged when it begins and when it ends, not in between. */
export class Problems {
  private readonly present = new Map<string, Problem>();

  constructor(private readonly log: Core.Strapi['log']) {}

  /** @param what A phrase that names the problem, such as `the change log cannot be read`. */
  raise(what: string, error: Error): void {
    if (this.present.has(what)) return;
    this.present.set(what, { message: `${what}: ${error.message}`, since: Date.now() });
    this.log.error(`related-articles: ${what}: ${error.message}`);
  }

  resolve(what: string): void {
    const problem = this.present.get(what);
    if (!problem) return;
    this.present.delete(what);
    const seconds = Math.round((Date.now() - problem.since) / 1000);
    this.log.info(`related-articles: no longer: ${what} (${seconds} s)`);
  }

  list(): Problem[] {
    return [...this.present.values()];
  }
}
