import { errors } from '@strapi/utils';

import type { LimitsConfig } from '../../config/schema';
import type { ListRequest } from './lists';

/** What reasons cost beside what they are given for. */
export const COST_OF_REASONS = 5;
/**
 * What a list costs at least that is filtered, or made of what the caller gets whole: it is made by itself, from
 * hundreds of candidates.
 */
export const COST_OF_FILTERING = 20;

/** What a list of so many suggestions costs. */
export const costOf = (limit: number, isAlone: boolean): number =>
  isAlone ? Math.max(limit, COST_OF_FILTERING) : limit;

/**
 * @param isTried Whether lists are made of what the caller gets whole.
 * @returns How many suggestions the answer may have.
 * @throws ValidationError (400) where that is too many.
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
