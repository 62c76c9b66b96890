import { errors } from '@strapi/utils';

import type { LimitsConfig } from '../../config/schema';
import type { ListRequest } from './lists';

/** A suggestion with an explanation counts as this many. */
export const COST_OF_REASONS = 5;
/**
 * The minimum cost of a list that is filtered, or restricted to entries that the caller gets whole: it is made
 * separately, from hundreds of candidates.
 */
export const COST_OF_FILTERING = 20;

/** Returns the cost of a list of `limit` suggestions. */
export const costOf = (limit: number, isAlone: boolean): number =>
  isAlone ? Math.max(limit, COST_OF_FILTERING) : limit;

/**
 * @param isTried Whether lists may only have entries that the caller gets whole.
 * @returns How many suggestions the answer may have.
 * @throws ValidationError (400) if that is too many.
 */
export function checkAnswer(
  { documents }: LimitsConfig,
  request: Pick<ListRequest, 'window' | 'lists' | 'explain' | 'filters'>,
  isTried: boolean,
): number {
  const { window, lists, explain, filters } = request;
  const page = window.limit * lists;
  const each = costOf(window.limit, Boolean(filters) || isTried);
  const most = Math.floor(documents / (explain ? COST_OF_REASONS : 1));
  if (lists === 1 || each * lists <= most) return page;
  if (each > window.limit) {
    throw new errors.ValidationError(
      `${filters ? 'filters' : 'related'}: expected at most ${Math.floor(most / each)} ${filters ? 'filtered lists' : 'lists of a type that visitors write to'} in one answer${explain ? ' with explain' : ''}, got ${lists}`,
    );
  }
  throw new errors.ValidationError(
    `pagination: expected at most ${most} suggestions in one answer${explain ? ' with explain' : ''}, got ${lists} lists of ${window.limit}`,
  );
}
