import type { Core } from '@strapi/strapi';
import type { Context } from 'koa';

import { HEALTH_ACTION } from '../../constants';
import { appOf } from '../../app';
import { withinTime } from '../../content/within-time';
import { RIGHTS_MS } from '../../permissions/who-asks';

/** For monitoring: how well the index keeps up with the content. */
export default ({ strapi }: { strapi: Core.Strapi }) => ({
  /**
   * `GET /api/related-articles/health`: with `?ready`, answers 503 while lists are not complete. Callers without the
   * action learn only whether lists are complete.
   */
  async find(ctx: Context) {
    const { progress, from, troubles, lastCheck, lastDeepCheck, differences, snapshot } =
      appOf(strapi).index.health();
    const { ready } = progress;
    ctx.set('Cache-Control', 'no-store');
    // For readiness probes, which look only at the status.
    if (Object.hasOwn(ctx.query, 'ready') && !ready) ctx.status = 503;
    // The caller's credentials; the route's own strategy lets everybody in.
    const caller = ctx.state.auth.credentials;
    const rights = strapi.auth.verify(caller, { scope: [HEALTH_ACTION] });
    // Checking rights queries the database, which may not answer right now.
    const mayKnow = await withinTime(
      rights.then(
        () => true,
        () => false,
      ),
      RIGHTS_MS,
      () => false,
    );
    if (!mayKnow) return { data: { ready } };
    const checkOf = (check: typeof lastCheck) =>
      check && { ...check, at: new Date(check.at).toISOString() };
    return {
      data: {
        ready,
        lag: Math.round(progress.lag * 10) / 10,
        pending: progress.pending,
        from,
        lastCheck: checkOf(lastCheck),
        lastDeepCheck: checkOf(lastDeepCheck),
        differences,
        snapshot: snapshot && { ...snapshot, at: new Date(snapshot.at).toISOString() },
        troubles: troubles.map(({ message, since }) => ({
          message,
          since: new Date(since).toISOString(),
        })),
      },
    };
  },
});
