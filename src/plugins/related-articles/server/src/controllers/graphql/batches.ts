import DataLoader from 'dataloader';
import { errors } from '@strapi/utils';
import type { Context } from 'koa';

import type { Page } from '../../services/suggestions';

/** An entry as GraphQL's resolvers hand it on. */
export interface Parent {
  documentId?: unknown;
  locale?: unknown;
  publishedAt?: unknown;
}

/** What explanations cost beside what they are given for. */
const COST_OF_REASONS = 5;

/** The lists of one request: those that are asked for alike are made together, and all count in one budget. */
export class RequestLists {
  private readonly loaders = new Map<string, DataLoader<Parent, Page>>();
  private spent = 0;

  /** @param budget How many suggestions the answer may have; the option `limits.documents`. */
  private constructor(private readonly budget: number) {}

  private static readonly all = new WeakMap<Context, RequestLists>();

  static of(ctx: Context, budget: number): RequestLists {
    const known = RequestLists.all.get(ctx) ?? new RequestLists(budget);
    RequestLists.all.set(ctx, known);
    return known;
  }

  /**
   * Takes part of the budget.
   *
   * @throws ValidationError where too little is left.
   */
  spend(lists: number, limit: number, explain: boolean): void {
    this.spent += lists * limit * (explain ? COST_OF_REASONS : 1);
    if (this.spent <= this.budget) return;
    throw new errors.ValidationError(
      `related: expected at most ${this.budget} suggestions in one answer, each with an explanation counting as ${COST_OF_REASONS}`,
    );
  }

  /**
   * The list of an entry.
   *
   * @param key Equal for lists that are asked for alike.
   * @param make Makes the lists of several entries, in their order.
   */
  load(
    key: string,
    parent: Parent,
    make: (parents: readonly Parent[]) => Promise<Page[]>,
  ): Promise<Page> {
    const known = this.loaders.get(key) ?? new DataLoader(make, { cache: false });
    this.loaders.set(key, known);
    return known.load(parent);
  }
}
