import type { Core } from '@strapi/strapi';
import { errors } from '@strapi/utils';
import type { Context } from 'koa';

import { appOf } from '../../app';
import type { RelatedType } from '../../config/resolve';
import { FIND_ACTION, FIND_BY_TEXT_ACTION } from '../../constants';
import { rowsOf } from '../../content/rows';
import type { Document } from '../../permissions/documents';
import { checkLength, checkSize } from '../../permissions/query-size';
import { searchTurnOf } from '../../services/search-turns';
import type { Page, Source } from '../../services/suggestions';
import { costOf } from '../rest/answer-cost';
import { indexMeta } from '../rest/index-progress';
import { metaOf } from '../rest/inlined';
import { callerOf } from '../rest/caller';
import { CallerLists, mayTryWords } from '../rest/lists';
import {
  checkStatus,
  listForText,
  listOfOne,
  listTogether,
  NO_PAGE,
  windowFor,
  type Asked,
} from '../rest/questions';
import { parseMany, parseQuery, parseTextQuery, type CommonRequest } from '../rest/related-query';
import { checkRights } from '../rest/rights';
import { asInRest, isGiven, queryOf, type ListArguments, type ToFilters } from './arguments';
import { COST_OF_ASKING, COST_OF_TEXT, RequestLists, type Parent } from './batches';
import { refusalOf } from './refusals';
import type { Selected } from './selections';

/** The context that Strapi's GraphQL plugin passes to resolvers. */
export interface GraphQLContext {
  koaContext: Context;
  rootQueryArgsByPath?: Map<string | number, object>;
  rootQueryArgs?: object;
}

export interface ResolveInfo {
  path: { key: string | number; prev?: unknown };
  fieldName: string;
  operation: { operation: string };
  fieldNodes: Selected['fieldNodes'];
  fragments: Selected['fragments'];
}

export type Resolver = (
  parent: Parent,
  args: ListArguments,
  context: GraphQLContext,
  info: ResolveInfo,
) => Promise<unknown>;

type MakePage = (...of: Parameters<Resolver>) => Promise<Page>;

/** Resolves the schema's additions for one content type. */
export class RelatedResolvers {
  constructor(
    private readonly strapi: Core.Strapi,
    private readonly type: RelatedType,
    private readonly toFilters: ToFilters,
  ) {}

  /** `related` and `related_connection` of an entry. */
  readonly ofEntry = this.both(1, async (parent, args, { koaContext: ctx }, { operation }) => {
    // The relations in a mutation's result lead to drafts, too.
    if (operation.operation !== 'query') {
      throw new errors.ValidationError('related: expected a query; a mutation gives no lists');
    }
    const { distinct } = args;
    const query = this.checked(ctx, args);
    const key = JSON.stringify([this.type.uid, query, distinct === true]);
    return this.listsOf(ctx).load(key, parent, async (parents) => {
      const asked = this.asked(ctx);
      return this.inTurn(asked, () => this.pagesOf(asked, parents, query, distinct === true));
    });
  });

  /** `relatedArticles` of the query. */
  readonly ofEntries = this.both(COST_OF_ASKING, (_parent, args, context, info) => {
    publishedBelow(context, info);
    const asked = this.asked(context.koaContext);
    return this.inTurn(asked, () => this.pageOfEntries(asked, args));
  });

  /** `relatedArticlesToText` of the query. */
  readonly ofText = this.both(COST_OF_TEXT, (_parent, args, context, info) => {
    publishedBelow(context, info);
    const asked = this.asked(context.koaContext);
    return this.inTurn(asked, () => this.pageOfText(asked, args));
  });

  private async pageOfEntries(asked: Asked, args: ListArguments): Promise<Page> {
    const { limits } = appOf(this.strapi).config;
    const query = this.checked(asked.ctx, args);
    await checkRights(this.strapi, asked.ctx, this.type, FIND_ACTION);
    const documentIds = args.documentIds ?? [];
    if (documentIds.length === 1) {
      const request = parseQuery({ ...query, ...statusOf(args) }, limits);
      await this.spend(asked.ctx, request, 1, COST_OF_ASKING);
      const { page } = await listOfOne(asked, documentIds[0], request);
      if (page) return page;
      // The list is empty for an entry that is not found, but not where the type's own routes refuse.
      await appOf(this.strapi).accessTo(this.type).checkList(asked.ctx, { locale: null, status: request.status }); // prettier-ignore
      return NO_PAGE;
    }
    if (isGiven(args.status)) {
      throw new errors.ValidationError('status: expected exactly one documentId');
    }
    const request = parseMany({ ...query, documentIds, together: 'true' }, limits);
    // Each of them is ranked.
    await this.spend(asked.ctx, request, 1, Math.max(COST_OF_ASKING, request.documentIds.length));
    return (await listTogether(asked, request)).page;
  }

  private async pageOfText(asked: Asked, args: ListArguments): Promise<Page> {
    const { title, text, locale, ...others } = args;
    const request = parseTextQuery(
      this.checked(asked.ctx, others),
      appOf(this.strapi).config.limits,
    );
    const body = {
      ...(isGiven(title) && { title }),
      ...(isGiven(text) && { text }),
      ...(isGiven(locale) && { locale }),
    };
    await checkRights(this.strapi, asked.ctx, this.type, FIND_BY_TEXT_ACTION);
    await this.spend(asked.ctx, request, 1, COST_OF_TEXT);
    const { page } = await listForText(asked, body, request);
    if (!page) throw new errors.NotFoundError(`There is no locale "${locale}"`);
    return page;
  }

  private async pagesOf(
    { strapi, ctx, type, deadline }: Asked,
    parents: readonly Parent[],
    query: object,
    distinct: boolean,
  ): Promise<Page[]> {
    const request = parseTextQuery(query, appOf(strapi).config.limits);
    await checkRights(strapi, ctx, type, FIND_ACTION);
    const window = windowFor(strapi, type, request);
    if (distinct && window.start > 0) {
      throw new errors.ValidationError(
        'distinct: expected no start, because later pages depend on the first',
      );
    }
    // The same parent may occur twice with the same arguments.
    const unique = [...new Set(parents)];
    await this.spend(ctx, request, unique.length, COST_OF_ASKING);
    const pages = new Map<Parent, Page>();
    for (const group of await this.groupsOf(unique)) {
      const locale = group.locale ?? undefined;
      const asked = { ...request, locale, window, lists: group.parents.length };
      const lists = await CallerLists.open(strapi, ctx, type, asked, deadline);
      const sources = await this.sourcesOf(ctx, lists, group);
      const known = group.parents.filter((_parent, at) => sources[at]);
      const made = await lists.pages(
        sources.filter((source) => source !== null),
        distinct,
        this.listsOf(ctx).weighRead,
      );
      known.forEach((parent, at) => pages.set(parent, made[at]));
    }
    return parents.map((parent) => pages.get(parent) ?? NO_PAGE);
  }

  /** Groups entries by locale and status. */
  private async groupsOf(parents: readonly Parent[]): Promise<Group[]> {
    const { localized, draftAndPublish } = this.type;
    const defaultLocale = localized ? await appOf(this.strapi).suggestions.defaultLocale() : null;
    const groups = new Map<string, Group>();
    for (const parent of parents) {
      const locale = localized && typeof parent.locale === 'string' ? parent.locale : defaultLocale;
      const status = draftAndPublish && parent.publishedAt === null ? 'draft' : 'published';
      const key = JSON.stringify([locale, status]);
      const group = groups.get(key) ?? { locale, status, parents: [] };
      groups.set(key, group);
      group.parents.push(parent);
    }
    return [...groups.values()];
  }

  /** Finds the entries that the caller may read through the type's own routes. */
  private async sourcesOf(
    ctx: Context,
    lists: CallerLists,
    { locale, status, parents }: Group,
  ): Promise<(Source | null)[]> {
    checkStatus(ctx, status);
    const ids = parents.map(({ documentId }) => String(documentId));
    if (status === 'published') return lists.sources(ids, locale ?? undefined);
    return Promise.all(ids.map((id) => lists.source(id, locale ?? undefined, status)));
  }

  /** @throws ValidationError if the arguments ask for more than is allowed. */
  private checked(ctx: Context, args: ListArguments): object {
    const others = { ...args, title: undefined, text: undefined };
    // Check before doing any work with them.
    this.listsOf(ctx).measure(() => {
      checkSize(others);
      checkLength(JSON.stringify(asInRest(others)), appOf(this.strapi).config.limits);
    });
    const query = queryOf(args, this.type, this.toFilters);
    const maxLimit = Number(this.strapi.plugin('graphql').config('maxLimit', -1));
    if (maxLimit > 0 && isGiven(args.limit) && args.limit > maxLimit) {
      throw new errors.ValidationError(`limit: expected at most ${maxLimit}, got ${args.limit}`);
    }
    checkSize(query);
    checkLength(JSON.stringify(query), appOf(this.strapi).config.limits);
    return query;
  }

  private asked(ctx: Context): Asked {
    const { strapi, type } = this;
    return { strapi, ctx, type, deadline: this.listsOf(ctx).deadline };
  }

  private inTurn<T>({ ctx, deadline }: Asked, work: () => Promise<T>): Promise<T> {
    const others = searchTurnOf(this.strapi, this.type);
    return deadline.within(ctx, this.listsOf(ctx).inTurn(work, others, callerOf(ctx)));
  }

  private listsOf(ctx: Context): RequestLists {
    return RequestLists.of(ctx, appOf(this.strapi).config.limits);
  }

  private async spend(
    ctx: Context,
    request: CommonRequest,
    lists: number,
    least: number,
  ): Promise<void> {
    const { limit } = windowFor(this.strapi, this.type, request);
    const isAlone = Boolean(request.filters) || (await mayTryWords(this.strapi, ctx, this.type));
    this.listsOf(ctx).spend(lists * costOf(limit, isAlone), request.explain, least);
  }

  /** Returns the resolvers of a list, and of its connection, which adds metadata. */
  private both(least: number, making: MakePage): { nodes: Resolver; connection: Resolver } {
    const make = async (...of: Parameters<Resolver>) => {
      try {
        const [, , { koaContext }, info] = of;
        const lists = this.listsOf(koaContext);
        lists.begin(least);
        const page = await making(...of);
        lists.weigh(page.documents, metaOf(page), info);
        return { page, nodes: await this.nodesOf(page) };
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal) throw refusal;
        // Strapi would pass on the message, which may contain a database statement.
        this.strapi.log.error(error);
        throw new errors.ApplicationError('Internal Server Error');
      }
    };
    return {
      nodes: async (...of) => (await make(...of)).nodes,
      connection: async (...of) => {
        const { page, nodes } = await make(...of);
        const edges = metaOf(page).map((meta, at) => ({ ...meta, node: nodes[at] }));
        return { nodes, edges, total: page.total, ...indexMeta(appOf(this.strapi), this.type) };
      },
    };
  }

  /** @throws PolicyError if the type's own routes omit or change the "id" by which GraphQL loads relations. */
  private async nodesOf({ documents }: Page) {
    const { strapi, type } = this;
    const isThere = ({ id }: Document) => id !== undefined && id !== null;
    if (!documents.every(isThere)) throw this.unserved('leave out "id"');
    if (documents.length === 0 || appOf(strapi).accessTo(type).givesAll) return documents;
    const ids = documents.map(({ id }) => Number(id));
    const rows = await rowsOf<{ id: number; documentId: string; publishedAt?: unknown }>(strapi, type.uid).findMany({
      select: ['id', 'documentId', ...(type.draftAndPublish ? ['publishedAt'] : [])],
      where: { id: { $in: ids.filter(Number.isSafeInteger) } },
    }); // prettier-ignore
    const known = new Map(rows.map((row) => [Number(row.id), row]));
    // An entry that was republished a moment ago has a new row.
    const isOther = ({ documentId }: Document, at: number) => {
      const row = known.get(ids[at]);
      return row && (row.documentId !== documentId || (type.draftAndPublish && !row.publishedAt));
    };
    if (documents.some(isOther)) throw this.unserved('give another "id" than that of the row');
    return documents;
  }

  private unserved(reason: string): Error {
    return new errors.PolicyError(`Suggestions for ${this.type.uid} are not available over GraphQL, because its own routes ${reason}`); // prettier-ignore
  }
}

interface Group {
  locale: string | null;
  status: Source['status'];
  parents: Parent[];
}

const statusOf = ({ status }: ListArguments) => isGiven(status) && { status: status.toLowerCase() };

/** Makes relations of the suggestions lead to published entries: Strapi reads the status at the root of a query. */
function publishedBelow(context: GraphQLContext, { path, fieldName }: ResolveInfo): void {
  const args = { status: 'published', _originField: fieldName };
  context.rootQueryArgsByPath?.set(path.key, args);
  context.rootQueryArgs = args;
}
