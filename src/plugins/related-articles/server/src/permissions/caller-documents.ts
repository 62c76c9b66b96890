import type { Core } from '@strapi/strapi';
import { errors } from '@strapi/utils';
import type { Context } from 'koa';

import type { RelatedType } from '../config/resolve';
import { PLUGIN_ID } from '../constants';
import { FILES } from '../content/dependencies';
import {
  type Document,
  type DocumentAccess,
  type DocumentQuery,
  type FoundDocuments,
} from './documents';
import { hasOwnStrategies, type RouteRunner } from './inner-request';
import { actionsOf } from './core-actions';
import { hasDocumentMiddlewares, isQuestionChanged } from './document-middlewares';
import { answerOf, isDocument, isWhatWasAsked, ListedDocuments, scopeOf } from './listed-documents';
import { hasReadHooks } from './read-hooks';
import type { RegisteredRoute } from './type-routes';
import { runnersOf, type Runners } from './type-runners';

const CUT = 'cut';
const HIDDEN = 'hidden';
/** The plugin's own policy, which hides no published document. */
const PUBLISHED_ONLY = `plugin::${PLUGIN_ID}.published-only`;

/**
 * Gives callers of the content API the documents of a type by calling the type's own routes in this process: whatever
 * these refuse, hide, add or reshape also applies to suggestions. Refuses what it cannot understand.
 */
export class TypeAccess {
  private runners: Runners | null = null;
  /** The actions the runners were made for; the project may replace them at any time. */
  private actions: readonly unknown[] = [];
  private readonly listed: ListedDocuments;
  private readonly warnedOf = new Set<string>();
  /** The type, the targets of its relations, and files, whose captions may count as text. */
  private readonly readUids: readonly string[];

  constructor(
    private readonly strapi: Core.Strapi,
    private readonly type: RelatedType,
  ) {
    const targets = type.relations.flatMap((relation) => relation.targets);
    this.readUids = [type.uid, FILES, ...targets.map(({ uid }) => uid)];
    this.listed = new ListedDocuments(strapi, type, () => this.unclear('find'));
  }

  /** Returns access to the documents that the sender of a request may see. */
  of(ctx: Context): DocumentAccess {
    const { find, probe } = this.routes();
    return {
      pageSize: this.listed.pageSize,
      read: (documentIds, query) => this.list(ctx, find, documentIds, query),
      find: (documentIds, query) => this.find(ctx, probe, documentIds, query),
    };
  }

  private async find(
    ctx: Context,
    probe: RouteRunner | null,
    documentIds: readonly string[],
    query: DocumentQuery,
  ): Promise<FoundDocuments> {
    // Project code that may hide documents inspects what it finds, so ask for all fields, as a plain GET does.
    const fields = this.givesAll ? ['documentId'] : undefined;
    const asked = { ...query, populate: undefined, fields };
    const found = await this.list(ctx, probe, documentIds, asked);
    return {
      has: (documentId) => found.has(documentId),
      read: (part) => this.of(ctx).read(part, query),
    };
  }

  /**
   * Whether the type's own code may hide documents in its list: a controller or service that replaces Strapi's, or a
   * policy or middleware of the route.
   */
  get isGuarded(): boolean {
    const { find, probe } = this.routes();
    const isByPlugin = this.type.documentsFrom === 'plugin';
    return isByPlugin || find === null || find === probe || !isUnguarded(find.route);
  }

  /** Whether the type's own code may hide documents that are asked for one by one. */
  get guardsSingles(): boolean {
    return this.routes().singles.some(({ route, isCore }) => !isCore || !isUnguarded(route));
  }

  /**
   * Whether any project code may hide documents in the list.
   *
   * @param isTrusted Whether the site builder vouches for document middlewares. Ignored if one changes queries.
   */
  mayHide(isTrusted: boolean): boolean {
    const isVouchedFor = isTrusted && !isQuestionChanged(this.strapi, this.type.uid);
    if (!isVouchedFor) return !this.givesAll;
    return this.isGuarded || this.hasHooks(true);
  }

  /**
   * Whether the list gives all published documents, as stored, to everybody who may call it: no project code could hide
   * them or cut their text.
   */
  get givesAll(): boolean {
    return !this.isGuarded && !hasDocumentMiddlewares(this.strapi) && !this.hasHooks(false);
  }

  private hasHooks(trustsFunctions: boolean): boolean {
    return hasReadHooks(this.strapi, trustsFunctions, this.readUids);
  }

  /**
   * Whether the caller gets a document by `GET /<plural name>/<documentId>` or, if they may not request single
   * documents, in the list.
   */
  async has(
    ctx: Context,
    documentId: string,
    query: Pick<DocumentQuery, 'locale' | 'status'>,
    slug: string | null = null,
  ): Promise<boolean> {
    const isListed = async () => (await this.of(ctx).find([documentId], query)).has(documentId);
    const given = await this.isGiven(ctx, documentId, documentId, query);
    if (given === null) return isListed();
    if (slug === null) return given;
    // Some projects look up single documents by their slugs. In others, a slug must lead only to documents in the list:
    // guessing it must not reveal what only a documentId opens.
    // Code that expects a documentId may fail in any way.
    const isBySlug = await this.isGiven(ctx, slug, documentId, query).catch(() => false);
    return isBySlug || (given && (await isListed()));
  }

  /** Whether `GET /<plural name>/<key>` gives the caller a document; `null` if they may not send that request. */
  private async isGiven(
    ctx: Context,
    key: string,
    documentId: string,
    query: Pick<DocumentQuery, 'locale' | 'status'>,
  ): Promise<boolean | null> {
    const findOne = this.routes().findOne(key);
    if (!findOne || !(await this.mayCall(ctx, findOne.runner))) return null;
    // Ask for the whole document: document middlewares may inspect it.
    const { runner, place } = findOne;
    const answer = await answerOf(() => runner.run(ctx, scopeOf(this.type, query), place));
    const { data } = (answer ?? {}) as { data?: unknown };
    if (data === null || data === undefined) return false;
    if (!isDocument(data)) throw this.unclear('findOne');
    return data.documentId === documentId && isWhatWasAsked(this.type, data, query);
  }

  /**
   * Rejects callers whom the list's policies refuse, whether or not the document exists.
   *
   * @throws ForbiddenError, and any other error that the list's route throws.
   */
  async checkList(ctx: Context, query: Pick<DocumentQuery, 'locale' | 'status'>): Promise<void> {
    await this.of(ctx).find([], query);
  }

  /** Why lists of the type are refused for everybody; `null` when they are served. */
  get refusal(): string | null {
    const { find, problem } = this.routes();
    return find ? null : problem;
  }

  private async list(
    ctx: Context,
    find: RouteRunner | null,
    documentIds: readonly string[],
    query: DocumentQuery,
  ): Promise<Map<string, Document>> {
    if (!find) throw this.refuse(this.refusal ?? '');
    return this.listed.read(ctx, find, documentIds, query);
  }

  private async mayCall(ctx: Context, { route }: RouteRunner): Promise<boolean> {
    if (hasOwnStrategies(route)) return true;
    try {
      await this.strapi.auth.verify(ctx.state.auth, route.config?.auth as never);
      return true;
    } catch {
      return false;
    }
  }

  private routes(): Runners {
    const actions = actionsOf(this.strapi, this.type.uid);
    if (!this.runners || actions.some((action, at) => action !== this.actions[at])) {
      this.runners = runnersOf(this.strapi, this.type);
      this.actions = actions;
    }
    return this.runners;
  }

  /** Warns once that lists for texts leave out documents like this one, which the project cuts in its answers. */
  warnOfCut(documentId: string): void {
    this.sayOnce(
      CUT,
      `lists for texts leave out entries of ${this.type.uid}, such as ${documentId}, because answers with them lack words that a text could find them by; see docs/security.md.`,
    );
  }

  /** Warns once that lists for texts are empty. */
  warnOfHidden(most: number): void {
    this.sayOnce(
      HIDDEN,
      `lists for texts of ${this.type.uid} are empty for callers who may not see more than ${most} of its entries, or not all the words that a text could find them by; see docs/security.md.`,
    );
  }

  private sayOnce(of: string, message: string, level: 'warn' | 'error' = 'warn'): void {
    if (this.warnedOf.has(of)) return;
    this.warnedOf.add(of);
    this.strapi.log[level](`related-articles: ${message}`);
  }

  private unclear(action: string): Error {
    return this.refuse(
      `the plugin does not understand the answer of its "${action}" action: expected "data" with the requested documents`,
    );
  }

  private refuse(reason: string): Error {
    const { uid } = this.type;
    this.sayOnce(
      reason,
      `lists of ${uid} are refused because ${reason}. Set contentTypes["${uid}"].documentsFrom to "plugin" if the plugin may read the documents itself; see docs/security.md.`,
      'error',
    );
    // The only one of Strapi's refusals whose message reaches the client.
    return new errors.PolicyError(`Suggestions for ${uid} are not served; the log says why`);
  }
}

/** Whether a route has no policies and middlewares that could hide a document. */
function isUnguarded({ config }: RegisteredRoute): boolean {
  const { policies = [], middlewares = [] } = config ?? {};
  const nameOf = (policy: unknown) =>
    typeof policy === 'string' ? policy : (policy as { name?: unknown } | null)?.name;
  return middlewares.length === 0 && policies.every((policy) => nameOf(policy) === PUBLISHED_ONLY);
}
