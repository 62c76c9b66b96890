import type { Core } from '@strapi/strapi';
import { errors } from '@strapi/utils';
import type { Context } from 'koa';

import { appOf } from '../../app';
import type { RelatedType } from '../../config/resolve';
import { FIND_ACTION, FIND_BY_TEXT_ACTION } from '../../constants';
import { checkLength, checkSize } from '../../permissions/query-size';
import type { Page, Source } from '../../services/suggestions';
import { Deadline } from '../rest/in-time';
import { CallerLists, metaOf } from '../rest/lists';
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
import { isGiven, queryOf, type ListArguments, type ToFilters } from './arguments';
import { RequestLists, type Parent } from './batches';

/** What Strapi's GraphQL hands to resolvers. */
export interface GraphQLContext {
  koaContext: Context;
  rootQueryArgsByPath?: Map<string | number, object>;
  rootQueryArgs?: object;
}

export interface ResolveInfo {
  path: { key: string | number; prev?: unknown };
  fieldName: string;
}

export type Resolver = (
  parent: Parent,
  args: ListArguments,
  context: GraphQLContext,
  info: ResolveInfo,
) => Promise<unknown>;

type MakePage = (...of: Parameters<Resolver>) => Promise<Page>;

/** How the schema's additions are answered, for one content type. */
export class RelatedResolvers {
  constructor(
    private readonly strapi: Core.Strapi,
    private readonly type: RelatedType,
    private readonly toFilters: ToFilters,
  ) {}

  /** `related` and `related_connection` of an entry. */
  readonly ofEntry = this.both(async (parent, args, { koaContext: ctx }) => {
    const { distinct } = args;
    const query = this.checked(args);
    const key = JSON.stringify([this.type.uid, query, distinct === true]);
    return this.listsOf(ctx).load(key, parent, async (parents) => {
      const asked = this.asked(ctx);
      return asked.deadline.within(ctx, this.pagesOf(asked, parents, query, distinct === true));
    });
  });

  /** `relatedArticles` of the query. */
  readonly ofEntries = this.both(async (_parent, args, context, info) => {
    publishedBelow(context, info);
    const { koaContext: ctx } = context;
    const { limits } = appOf(this.strapi).config;
    const query = this.checked(args);
    const asked = this.asked(ctx);
    await checkRights(this.strapi, ctx, this.type, FIND_ACTION);
    const documentIds = args.documentIds ?? [];
    if (documentIds.length === 1) {
      const request = parseQuery({ ...query, ...statusOf(args) }, limits);
      this.spend(ctx, request);
      const { page } = await asked.deadline.within(ctx, listOfOne(asked, documentIds[0], request));
      return page ?? NO_PAGE;
    }
    if (isGiven(args.status)) {
      throw new errors.ValidationError('status: expected one documentId with it');
    }
    const request = parseMany({ ...query, documentIds, together: 'true' }, limits);
    this.spend(ctx, request);
    return (await asked.deadline.within(ctx, listTogether(asked, request))).page;
  });

  /** `relatedArticlesToText` of the query. */
  readonly ofText = this.both(async (_parent, args, context, info) => {
    publishedBelow(context, info);
    const { koaContext: ctx } = context;
    const { title, text, locale, ...others } = args;
    const request = parseTextQuery(this.checked(others), appOf(this.strapi).config.limits);
    const body = {
      ...(isGiven(title) && { title }),
      ...(isGiven(text) && { text }),
      ...(isGiven(locale) && { locale }),
    };
    const asked = this.asked(ctx);
    await checkRights(this.strapi, ctx, this.type, FIND_BY_TEXT_ACTION);
    this.spend(ctx, request);
    const { page } = await asked.deadline.within(ctx, listForText(asked, body, request));
    if (!page) throw new errors.NotFoundError(`There is no locale "${locale}"`);
    return page;
  });

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
        'distinct: expected no start, since later pages depend on it',
      );
    }
    this.listsOf(ctx).spend(parents.length, window.limit, request.explain);
    const asked = { ...request, window, lists: parents.length };
    const lists = await CallerLists.open(strapi, ctx, type, asked, deadline);
    const pages = new Map<Parent, Page>();
    for (const group of await this.groupsOf(parents)) {
      const sources = await this.sourcesOf(ctx, lists, group);
      const known = group.parents.filter((_parent, at) => sources[at]);
      const made = await lists.pages(
        sources.filter((source) => source !== null),
        distinct,
      );
      known.forEach((parent, at) => pages.set(parent, made[at]));
    }
    return parents.map((parent) => pages.get(parent) ?? NO_PAGE);
  }

  /** Entries of one locale and status each. */
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

  /** The entries as far as the caller may have them by the type's own routes. */
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

  /** @throws ValidationError where it asks for more than it may. */
  private checked(args: ListArguments): object {
    const query = queryOf(args, this.type, this.toFilters);
    checkSize(query);
    checkLength(JSON.stringify(query), appOf(this.strapi).config.limits);
    return query;
  }

  private asked(ctx: Context): Asked {
    const { strapi, type } = this;
    return { strapi, ctx, type, deadline: new Deadline(appOf(strapi).config.limits.requestTime) };
  }

  private listsOf(ctx: Context): RequestLists {
    return RequestLists.of(ctx, appOf(this.strapi).config.limits.documents);
  }

  private spend(ctx: Context, request: CommonRequest): void {
    const { limit } = windowFor(this.strapi, this.type, request);
    this.listsOf(ctx).spend(1, limit, request.explain);
  }

  /** The resolvers of a list, and of the list with what is told of each. */
  private both(make: MakePage): { nodes: Resolver; connection: Resolver } {
    return {
      nodes: async (...of) => this.nodesOf(await make(...of)),
      connection: async (...of) => {
        const page = await make(...of);
        const nodes = this.nodesOf(page);
        const edges = metaOf(page).map((meta, at) => ({ ...meta, node: nodes[at] }));
        return { nodes, edges, total: page.total };
      },
    };
  }

  /** @throws PolicyError where the type's own routes leave out what GraphQL finds relations by. */
  private nodesOf({ documents }: Page) {
    if (documents.every(({ id }) => id !== undefined && id !== null)) return documents;
    throw new errors.PolicyError(`Suggestions for ${this.type.uid} are not served over GraphQL, since its own routes leave out "id"`); // prettier-ignore
  }
}

interface Group {
  locale: string | null;
  status: Source['status'];
  parents: Parent[];
}

const statusOf = ({ status }: ListArguments) => isGiven(status) && { status: status.toLowerCase() };

/** What relations of the suggestions lead to is published, as the suggestions are. Strapi looks that up at the root of a query. */
function publishedBelow(context: GraphQLContext, { path, fieldName }: ResolveInfo): void {
  const args = { status: 'published', _originField: fieldName };
  context.rootQueryArgsByPath?.set(path.key, args);
  context.rootQueryArgs = args;
}
