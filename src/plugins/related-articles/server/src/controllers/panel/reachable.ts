import type { Core } from '@strapi/strapi';
import type { Context } from 'koa';

import { hasNotBegun, RowBusy } from '../../changes/transactions';
import { isOutage } from '../../engine/engine';
import { BUSY, unavailable, UNREACHABLE } from '../rest/in-time';

type Actions = Record<string, (ctx: Context) => Promise<unknown>>;
type Factory<Made extends Actions> = (of: { strapi: Core.Strapi }) => Made;

/** Makes a controller answer with 503 while the index cannot be reached, or others hold the row to be changed. */
export function whileReachable<Made extends Actions>(make: Factory<Made>): Factory<Made> {
  return (of) => {
    const actions = Object.entries(make(of)).map(([name, action]) => [
      name,
      async (ctx: Context) => {
        try {
          return await action(ctx);
        } catch (error) {
          if (error instanceof RowBusy) return unavailable(ctx, error.message);
          if (hasNotBegun(error)) return unavailable(ctx, BUSY);
          if (!isOutage(error)) throw error;
          return unavailable(ctx, UNREACHABLE);
        }
      },
    ]);
    return Object.fromEntries(actions) as Made;
  };
}
