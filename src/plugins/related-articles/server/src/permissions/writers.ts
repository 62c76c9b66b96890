import type { Core } from '@strapi/strapi';

import { Remembered } from '../config/remembered';
import type { RelatedType } from '../config/resolve';
import { FILES, readsFiles } from '../content/dependencies';
import { actionOf, contentApiRoutes } from './type-routes';

const UPLOAD = 'plugin::upload.content-api.upload';
const PERMISSION = 'plugin::users-permissions.permission';
/** The types whose entries define what visitors may do. */
export const RIGHTS = ['plugin::users-permissions.role', PERMISSION];
/** How long an answer is remembered, in milliseconds: roles change rarely, and lists are requested all the time. */
const KEPT_MS = 5000;

/** Returns the actions that put words into a type's entries: its own, those of types whose names count, and uploads. */
export function writingActions({ uid, relations, text }: RelatedType): string[] {
  const named = relations.flatMap(({ targets }) => targets.filter(({ label }) => label !== null));
  const uids = new Set([uid, ...named.map((target) => target.uid)]);
  return [
    ...[...uids].flatMap((one) => [`${one}.create`, `${one}.update`]),
    ...(readsFiles(text) || uids.has(FILES) ? [UPLOAD] : []),
  ];
}

/** Tells whether visitors, logged in or not, may write words into entries of a type. Trusts editors and tokens. */
export class Writers {
  private kept = new Remembered<boolean>(KEPT_MS);
  private keptAt = 0;

  /** @param version Returns a number that grows with each write to the types in `RIGHTS`. */
  constructor(
    private readonly strapi: Core.Strapi,
    private readonly version: () => number,
  ) {}

  areVisitors(type: RelatedType): Promise<boolean> {
    const version = this.version();
    if (version !== this.keptAt) this.kept = new Remembered<boolean>(KEPT_MS);
    this.keptAt = version;
    return this.kept.of(type.uid, () => this.find(type));
  }

  private async find(type: RelatedType): Promise<boolean> {
    const scopes = this.scopesOf(writingActions(type));
    if (scopes === null) return true;
    if (!this.strapi.plugin('users-permissions')) return false;
    const where = { action: { $in: scopes }, role: { id: { $notNull: true } } };
    return (await this.strapi.db.query(PERMISSION).count({ where } as never)) > 0;
  }

  /** Returns the rights that allow actions; `null` if a route needs none, or does not use Strapi's strategies. */
  private scopesOf(actions: readonly string[]): string[] | null {
    const scopes = [...actions];
    for (const { route } of contentApiRoutes(this.strapi)) {
      const { controller, action } = actionOf(this.strapi, route) ?? {};
      const auth = route.config?.auth;
      if (auth === undefined || !actions.includes(`${controller}.${action}`)) continue;
      if (auth === false || auth.strategies || auth.scope?.length === 0) return null;
      scopes.push(...(auth.scope ?? []));
    }
    return scopes;
  }
}
