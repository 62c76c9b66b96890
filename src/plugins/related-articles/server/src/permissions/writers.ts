import type { Core } from '@strapi/strapi';

import { Remembered } from '../config/remembered';
import type { RelatedType } from '../config/resolve';
import { FILES, readsFiles } from '../content/dependencies';
import { actionOf, contentApiRoutes } from './type-routes';

const UPLOAD = 'plugin::upload.content-api.upload';
const PERMISSION = 'plugin::users-permissions.permission';
/** The types whose entries say what visitors may do. */
export const RIGHTS = ['plugin::users-permissions.role', PERMISSION];
/** For how long an answer is remembered, in milliseconds: roles change rarely, and lists are asked for all the time. */
const KEPT_MS = 5000;

/** The actions by which words get into entries of a type: its own, those of what names them, and captions of files. */
export function writingActions({ uid, relations, text }: RelatedType): string[] {
  const named = relations.flatMap(({ targets }) => targets.filter(({ label }) => label !== null));
  const uids = new Set([uid, ...named.map((target) => target.uid)]);
  return [
    ...[...uids].flatMap((one) => [`${one}.create`, `${one}.update`]),
    ...(readsFiles(text) || uids.has(FILES) ? [UPLOAD] : []),
  ];
}

/** Whether visitors, logged in or not, may write words into entries of a type. Who holds a token or edits is trusted. */
export class Writers {
  private kept = new Remembered<boolean>(KEPT_MS);
  private keptAt = 0;

  /** @param version How much was written of what says what visitors may do; it only grows. */
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

  /** The rights by which somebody gets to actions; `null` where a route asks for none, or not those of Strapi. */
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
