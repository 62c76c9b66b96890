import { errors } from '@strapi/utils';

import type { LimitsConfig } from '../../config/schema';
import type { ListRequest } from './lists';

/** What reasons cost beside what they are given for. */
export const COST_OF_REASONS = 5;
/** What a filtered list costs at least, in suggestions: it is made by itself, from hundreds of candidates. */
export const COST_OF_FILTERING = 20;

/**
 * @returns How many suggestions the answer may have.
 * @throws ValidationError (400) where that is too many.
 */
export function checkAnswer(
  { documents }: LimitsConfig,
  request: Pick<ListRequest, 'window' | 'lists' | 'explain' | 'filters'>,
): number {
  const { window, lists, explain, filters } = request;
  const page = window.limit * lists;
  const each = filters ? Math.max(window.limit, COST_OF_FILTERING) : window.limit;
  const most = Math.floor(documents / (explain ? COST_OF_REASONS : 1));
  if (lists === 1 || each * lists <= most) return page;
  if (each > window.limit) {
    throw new errors.ValidationError(
      `filters: expected at most ${Math.floor(most / each)} filtered lists in one answer${explain ? ' with explain' : ''}, got ${lists}`,
    );
  }
  throw new errors.ValidationError(
    `pagination: expected at most ${most} suggestions in one answer${explain ? ' with explain' : ''}, got ${lists} lists of ${window.limit}`,
  );
}
