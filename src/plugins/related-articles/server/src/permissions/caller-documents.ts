import type { Core, UID } from '@strapi/strapi';
import { contentTypes, errors } from '@strapi/utils';
import type { Context } from 'koa';

import type { RelatedType } from '../config/resolve';
import { PLUGIN_ID } from '../constants';
import { FILES } from '../content/dependencies';
import { afterOthers } from '../engine/steps';
import {
  filtersFor,
  type Document,
  type DocumentAccess,
  type DocumentQuery,
  type FoundDocuments,
} from './documents';
import { hasOwnStrategies, type RouteRunner } from './inner-request';
import { actionsOf } from './core-actions';
import { hasDocumentMiddlewares, isQuestionChanged } from './document-middlewares';
import { hasReadHooks } from './read-hooks';
import type { RegisteredRoute } from './type-routes';
import { runnersOf, type Runners } from './type-runners';

/** How many documents are asked for at once, unless the project's own limit is lower. */
const PAGE = 250;
const CUT = 'cut';
const HIDDEN = 'hidden';
/** The plugin's own policy, which hides no published document. */
const PUBLISHED_ONLY = `plugin::${PLUGIN_ID}.published-only`;

/**
 * Gives callers of the content API the documents of a type by asking the type's own routes, in this process: what
 * those refuse, hide, add or reshape holds for suggestions too. What cannot be told is refused.
 */
export class TypeAccess {
  private runners: Runners | null = null;
  /** The actions the runners were made for; the project may replace them at any time. */
  private actions: readonly unknown[] = [];
  private readonly page: number;
  private asksForPages = true;
  private readonly warnedOf = new Set<string>();
  /** The type, what its entries are named after, and files, whose captions may count as text. */
  private readonly readUids: readonly string[];

  constructor(
    private readonly strapi: Core.Strapi,
    private readonly type: RelatedType,
  ) {
    const targets = type.relations.flatMap((relation) => relation.targets);
    this.readUids = [type.uid, FILES, ...targets.map(({ uid }) => uid)];
    const maxLimit = Number(strapi.config.get('api.rest.maxLimit', PAGE));
    this.page = maxLimit > 0 ? Math.min(maxLimit, PAGE) : PAGE;
  }

  /** The documents that the sender of a request may see. */
  of(ctx: Context): DocumentAccess {
    const { find, probe } = this.routes();
    return {
      pageSize: this.page,
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
    // Code of the project that may hide some looks at what it finds, as it would for a plain GET.
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
   * Whether anything of the project may hide documents in the list.
   *
   * @param isTrusted Whether the site builder vouches for document middlewares, where none is known to change a question.
   */
  mayHide(isTrusted: boolean): boolean {
    const isVouchedFor = isTrusted && !isQuestionChanged(this.strapi, this.type.uid);
    if (!isVouchedFor) return !this.givesAll;
    return this.isGuarded || this.hasHooks(true);
  }

  /**
   * Whether the list gives every published document as it is stored to whoever may call it: no code of the project could
   * hide it or cut its text.
   */
  get givesAll(): boolean {
    return !this.isGuarded && !hasDocumentMiddlewares(this.strapi) && !this.hasHooks(false);
  }

  private hasHooks(trustsFunctions: boolean): boolean {
    return hasReadHooks(this.strapi, trustsFunctions, this.readUids);
  }

  /**
   * Whether the caller gets a document by `GET /<plural name>/<documentId>`, or in the list where they may not ask
   * for single documents.
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
    // Some projects look single documents up by their slugs. Where they do not, a slug leads to what is in the list: who
    // guesses one must not find what only its documentId opens.
    return (await this.isGiven(ctx, slug, documentId, query)) || (given && (await isListed()));
  }

  /** Whether `GET /<plural name>/<key>` gives the caller a document; `null` where they may not ask that. */
  private async isGiven(
    ctx: Context,
    key: string,
    documentId: string,
    query: Pick<DocumentQuery, 'locale' | 'status'>,
  ): Promise<boolean | null> {
    const findOne = this.routes().findOne(key);
    if (!findOne || !(await this.mayCall(ctx, findOne.runner))) return null;
    // All of it: document middlewares may look at what they find.
    const { runner, place } = findOne;
    const answer = await answerOf(() => runner.run(ctx, this.scope(query), place));
    const { data } = (answer ?? {}) as { data?: unknown };
    if (data === null || data === undefined) return false;
    if (!isDocument(data)) throw this.unclear('findOne');
    return data.documentId === documentId && this.isWhatWasAsked(data, query);
  }

  /**
   * Rejects callers whom the list's policies refuse, whether or not the document exists.
   *
   * @throws ForbiddenError and whatever else the list's route throws.
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
    const documents = new Map<string, Document>();
    const checked = this.checkedOf(query);
    const { fields } = query;
    const withChecked = { ...query, fields: fields && [...asList(fields), ...checked] };
    let { page } = this;
    let rest = [...documentIds];
    do {
      const asked = rest.slice(0, page);
      const answer = await this.answerOfList(find, ctx, asked, withChecked);
      if (answer === null) throw new errors.NotFoundError();
      const { data, meta } = (answer ?? {}) as { data?: unknown; meta?: unknown };
      if (!Array.isArray(data)) throw this.unclear('find');
      const served = pageSizeOf(meta);
      if (served !== null && served > 0 && served < asked.length) {
        // The project serves smaller pages.
        page = served;
        continue;
      }
      const wanted = new Set(asked);
      const expected = new Set(asked);
      let isDoubled = false;
      for (const document of data) {
        // An unexpected document means the filters were ignored, so a missing one means nothing.
        if (!isDocument(document) || !expected.has(document.documentId)) throw this.unclear('find');
        // Strapi leaves two rows where one is published twice at once: the second takes the place of another one.
        if (!wanted.delete(document.documentId)) {
          isDoubled = true;
          continue;
        }
        if (!this.isWhatWasAsked(document, query)) continue;
        // A copy: the project may keep its answers.
        const mine = { ...document };
        for (const field of checked) delete mine[field];
        documents.set(document.documentId, mine);
      }
      // Without a known page size, ask once more for the missing ones.
      const isFull = (served === null || isDoubled) && data.length > 0;
      rest = [...(isFull ? wanted : []), ...rest.slice(asked.length)];
      // SQLite answers without giving others a turn.
      if (rest.length > 0) await afterOthers();
    } while (rest.length > 0);
    return documents;
  }

  /** Projects bound what is asked by pages, or by its limit, and Strapi refuses both at once. */
  private async answerOfList(
    find: RouteRunner,
    ctx: Context,
    documentIds: readonly string[],
    query: DocumentQuery,
  ): Promise<unknown> {
    const { asksForPages } = this;
    const ask = (byPages: boolean) =>
      answerOf(() => find.run(ctx, this.queryFor(documentIds, query, byPages)));
    try {
      return await ask(asksForPages);
    } catch (error) {
      if (!(error instanceof errors.PaginationError)) throw error;
      const answer = await ask(!asksForPages);
      this.asksForPages = !asksForPages;
      return answer;
    }
  }

  private queryFor(
    documentIds: readonly string[],
    query: DocumentQuery,
    byPages: boolean,
  ): Record<string, unknown> {
    const { fields, populate, filters } = query;
    const count = Math.max(1, documentIds.length);
    return {
      ...(fields !== undefined && { fields }),
      ...(populate !== undefined && { populate }),
      filters: filtersFor(documentIds, filters),
      pagination: byPages ? { page: 1, pageSize: count } : { start: 0, limit: count },
      ...this.scope(query),
    };
  }

  private scope({ locale, status }: Pick<DocumentQuery, 'locale' | 'status'>) {
    return {
      // Also for types without drafts: it applies to populated documents.
      status,
      ...(this.type.localized && locale && { locale }),
    };
  }

  /** The fields by which the answer is checked, as far as the caller did not ask for them. */
  private checkedOf({ fields }: DocumentQuery): string[] {
    if (fields === undefined || asList(fields).includes('*')) return [];
    const { uid, draftAndPublish, localized } = this.type;
    const contentType = this.strapi.contentType(uid as UID.ContentType);
    return [...(draftAndPublish ? ['publishedAt'] : []), ...(localized ? ['locale'] : [])].filter(
      (field) =>
        !asList(fields).includes(field) && !contentTypes.isPrivateAttribute(contentType, field),
    );
  }

  /** A controller may ignore status and locale. */
  private isWhatWasAsked(
    { publishedAt, locale }: Document,
    asked: Pick<DocumentQuery, 'locale' | 'status'>,
  ): boolean {
    const isDraft = this.type.draftAndPublish && publishedAt === null;
    if (isDraft && asked.status === 'published') return false;
    return !this.type.localized || !locale || !asked.locale || locale === asked.locale;
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

  /** Says once that lists for texts leave out documents like this one, of which the project cuts some from its answers. */
  warnOfCut(documentId: string): void {
    this.sayOnce(
      CUT,
      `lists for texts leave out entries of ${this.type.uid} whose answers lack something that they could be found by, such as ${documentId}; see docs/security.md.`,
    );
  }

  /** Lists for texts are empty. */
  warnOfHidden(most: number): void {
    this.sayOnce(
      HIDDEN,
      `lists for texts of ${this.type.uid} are empty for callers who do not get more than ${most} of its entries, or not with all that they could be found by; see docs/security.md.`,
    );
  }

  private sayOnce(of: string, message: string, level: 'warn' | 'error' = 'warn'): void {
    if (this.warnedOf.has(of)) return;
    this.warnedOf.add(of);
    this.strapi.log[level](`related-articles: ${message}`);
  }

  private unclear(action: string): Error {
    return this.refuse(
      `the answer of its "${action}" action cannot be understood: expected "data" with the documents that were asked for`,
    );
  }

  private refuse(reason: string): Error {
    const { uid } = this.type;
    this.sayOnce(
      reason,
      `lists of ${uid} are refused, because ${reason}. Set contentTypes["${uid}"].documentsFrom to "plugin" if the plugin may read the documents itself; see docs/security.md.`,
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

/** Fields as Strapi takes them: a list, or one name or several with commas. */
function asList(fields: unknown): string[] {
  return typeof fields === 'string' ? fields.split(',') : ([fields].flat() as string[]);
}

/** @returns The body; `null` when there is no such document. */
async function answerOf(ask: () => Promise<{ status: number; body: unknown }>): Promise<unknown> {
  let status: number;
  let body: unknown;
  try {
    ({ status, body } = await ask());
  } catch (error) {
    if (error instanceof errors.NotFoundError || (error as { status?: number }).status === 404) {
      return null;
    }
    throw error;
  }
  if (status === 404) return null;
  if (status === 401) throw new errors.UnauthorizedError();
  if (status !== 200) throw new errors.ForbiddenError();
  return body;
}

function isDocument(value: unknown): value is Document {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { documentId?: unknown }).documentId === 'string'
  );
}

/** How many documents the answer could hold. */
function pageSizeOf(meta: unknown): number | null {
  const { pagination } = (meta ?? {}) as { pagination?: { limit?: unknown; pageSize?: unknown } };
  const size = pagination?.limit ?? pagination?.pageSize;
  return typeof size === 'number' ? size : null;
}
