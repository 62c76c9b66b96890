import type { Core } from '@strapi/strapi';
import type { Context } from 'koa';

import { RowBusy } from '../../changes/transactions';
import { passingReason, unavailable } from '../rest/in-time';

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
          const reason = error instanceof RowBusy ? error.message : passingReason(error);
          if (reason === null) throw error;
          return unavailable(ctx, reason);
        }
      },
    ]);
    return Object.fromEntries(actions) as Made;
  };
}
