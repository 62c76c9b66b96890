import { errors } from '@strapi/utils';

import { EngineUnavailable } from '../../engine/engine';

/** A refusal by project code, in a form that GraphQL's formatter knows; `null` for any other error. */
export function refusalOf(error: unknown): Error | null {
  if (error instanceof errors.ApplicationError || error instanceof errors.HttpError) return error;
  if (!(error instanceof Error) || error instanceof EngineUnavailable) return null;
  // Koa's `ctx.throw` makes errors of its own.
  const { status, expose, message } = error as Error & { status?: unknown; expose?: unknown };
  if (typeof status !== 'number' || status < 400 || status >= 500) return null;
  const said = expose === true ? message : undefined;
  switch (status) {
    case 401:
      return new errors.UnauthorizedError(said);
    case 404:
      return new errors.NotFoundError(said);
    case 429:
      return new errors.RateLimitError(said);
    default:
      return status === 403 ? new errors.ForbiddenError(said) : new errors.ApplicationError(said);
  }
}
