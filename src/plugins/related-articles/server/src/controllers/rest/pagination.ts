import type { Core } from '@strapi/strapi';
import { errors, pagination as strapiPagination } from '@strapi/utils';

import { SUGGESTION_CAP } from '../../services/suggestions';
import type { RelatedRequest } from './related-query';
import type { RelatedPagination } from './response';

export interface Window {
  start: number;
  limit: number;
}

/** Returns the requested part of the list, by Strapi's rules and limits (`api.rest` in the project's configuration). */
export function windowOf(
  strapi: Core.Strapi,
  { page, pageSize, start, limit }: RelatedRequest['pagination'],
  defaultLimit: number,
): Window {
  const configured = Number(strapi.config.get('api.rest.maxLimit', 100));
  const maxLimit = configured > 0 ? configured : -1;
  try {
    const window = strapiPagination.withDefaultPagination(
      { page, pageSize, start, limit },
      {
        defaults: { offset: { limit: defaultLimit }, page: { pageSize: defaultLimit } },
        maxLimit,
      },
    ) as Window;
    return { start: window.start, limit: window.limit === -1 ? SUGGESTION_CAP : window.limit };
  } catch (error) {
    throw new errors.ValidationError(`pagination: ${(error as Error).message}`);
  }
}

/** Describes the window in the response, in the format of Strapi's own lists. */
export function describeWindow(
  strapi: Core.Strapi,
  asked: RelatedRequest['pagination'],
  window: Window,
  total: number,
): RelatedPagination {
  const { start, limit } = window;
  const withCount = asked.withCount ?? Boolean(strapi.config.get('api.rest.withCount', true));
  if (asked.start !== undefined || asked.limit !== undefined) {
    return { start, limit, ...(withCount && { total }) };
  }
  return {
    page: Math.floor(start / limit) + 1,
    pageSize: limit,
    ...(withCount && { pageCount: Math.ceil(total / limit), total }),
  };
}
