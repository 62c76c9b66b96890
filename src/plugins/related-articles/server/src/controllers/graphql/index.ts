import type { Core, UID } from '@strapi/strapi';

import { appOf } from '../../app';
import type { RelatedType } from '../../config/resolve';
import { FIND_ACTION, FIND_BY_TEXT_ACTION } from '../../constants';
import type { ToFilters } from './arguments';
import { guardsOf, type Extensions, type ListGuards } from './guards';
import { RelatedResolvers, type Resolver } from './resolvers';
import { schemaOf, type TypeNames } from './schema';

/** The part of Strapi's GraphQL plugin that is used here; the plugin may be missing. */
interface GraphQLPlugin {
  config(key: string): unknown;
  service(name: 'extension'): Extension;
  service(name: 'utils'): Utils;
}

interface Extension {
  use(extension: (schema: { typeRegistry: TypeRegistry }) => object): void;
  /** Returns all extensions combined. */
  generate(of: { typeRegistry: TypeRegistry }): Extensions;
  shadowCRUD(uid: string): {
    isEnabled(): boolean;
    areQueriesEnabled(): boolean;
    isActionEnabled(action: string): boolean;
  };
}

/** The types that the schema already has. */
interface TypeRegistry {
  has(name: string): boolean;
}

interface Utils {
  naming: Record<
    'getTypeName' | 'getFiltersInputTypeName' | 'getFindQueryName' | 'getFindConnectionQueryName',
    (contentType: object) => string
  >;
  mappers: { graphQLFiltersToStrapiQuery(filters: object, contentType: object): object };
}

/** Adds lists to the GraphQL schema, if the GraphQL plugin is installed. */
export function extendGraphQL(strapi: Core.Strapi): void {
  const graphql = strapi.plugins.graphql as unknown as GraphQLPlugin | undefined;
  if (!graphql) return;
  const extension = graphql.service('extension');
  let isAsking = false;
  // Decide when the schema is built: until then, the project may remove types from it.
  extension.use(({ typeRegistry }) => {
    // `generate` below runs all extensions, including this one.
    if (isAsking) return {};
    const types = [...appOf(strapi).types.values()].filter((type) => isThere(graphql, type));
    if (types.length === 0) return {};
    let others: Extensions;
    try {
      isAsking = true;
      others = extension.generate({ typeRegistry });
    } finally {
      isAsking = false;
    }
    const named = types.flatMap((type) => {
      const names = namesOf(strapi, graphql, type, typeRegistry);
      const guards = guardsOf(others, names.lists, names.query);
      if (guards.unclear) warn(strapi, type, names, guards.unclear);
      return guards.unclear ? [] : [{ type, names, guards }];
    });
    if (named.length === 0) return {};
    const toFilters: ToFilters = (filters, { uid }) =>
      graphql.service('utils').mappers.graphQLFiltersToStrapiQuery(filters, contentTypeOf(strapi, uid)); // prettier-ignore
    const fields = named.flatMap(({ type, names, guards }) =>
      fieldsOf(type, names, new RelatedResolvers(strapi, type, toFilters), guards),
    );
    const resolvers: Record<string, Record<string, Resolver>> = {};
    for (const { parent, name, resolve } of fields) (resolvers[parent] ??= {})[name] = resolve;
    return {
      typeDefs: schemaOf(named.map(({ names }) => names)),
      resolvers,
      // Without an entry here, Strapi would make the fields public.
      resolversConfig: Object.fromEntries(
        fields.map(({ parent, name, scope, policies }) => {
          const place = `${parent}.${name}`;
          const own = others.resolversConfig[place];
          // Strapi merges lists index by index, so put the project's policies first.
          const all = [...new Set([...(own?.policies ?? []), ...policies])];
          return [place, { auth: { scope }, policies: all }];
        }),
      ),
    };
  });
}

/** Whether the schema has the type and its list query. */
function isThere(graphql: GraphQLPlugin, { uid }: RelatedType): boolean {
  const crud = graphql.service('extension').shadowCRUD(uid);
  const hasList = crud.isEnabled() && crud.areQueriesEnabled() && crud.isActionEnabled('find');
  return graphql.config('shadowCRUD') !== false && hasList;
}

/** Warnings already given: the schema is rebuilt while the project runs. */
const warned = new Set<string>();
function warn(strapi: Core.Strapi, { uid }: RelatedType, { query }: TypeNames, reason: string) {
  if (warned.has(`${uid} ${reason}`)) return;
  warned.add(`${uid} ${reason}`);
  strapi.log.warn(
    `related-articles: GraphQL has no lists of ${uid}, because ${reason}, which may hide entries. To have lists anyway, give "Query.${query}" policies in resolversConfig, even an empty list; see docs/graphql.md.`,
  );
}

function namesOf(
  strapi: Core.Strapi,
  graphql: GraphQLPlugin,
  { uid, localized, draftAndPublish }: RelatedType,
  registry: TypeRegistry,
): TypeNames {
  const { naming } = graphql.service('utils');
  const contentType = contentTypeOf(strapi, uid);
  const plural = naming.getFindQueryName(contentType);
  const lists = [plural, naming.getFindConnectionQueryName(contentType)];
  return {
    type: naming.getTypeName(contentType),
    filters: naming.getFiltersInputTypeName(contentType),
    lists,
    query: `related${plural[0].toUpperCase()}${plural.slice(1)}`,
    localized,
    hasStatus: draftAndPublish && registry.has('publicationStatus'),
    // An attribute named `related` takes precedence.
    hasField: !('related' in contentType.attributes),
  };
}

interface Field {
  parent: string;
  name: string;
  resolve: Resolver;
  scope: string[];
  policies: unknown[];
}

function fieldsOf(
  { uid }: RelatedType,
  { type, query, hasField }: TypeNames,
  { ofEntry, ofEntries, ofText }: RelatedResolvers,
  { scope: listScope, policies }: ListGuards,
): Field[] {
  const both = (
    parent: string,
    name: string,
    { nodes, connection }: { nodes: Resolver; connection: Resolver },
    action: string,
  ): Field[] => {
    const scope = [...new Set([action, `${uid}.find`, ...listScope])];
    return [
      { parent, name, resolve: nodes, scope, policies },
      { parent, name: `${name}_connection`, resolve: connection, scope, policies },
    ];
  };
  return [
    ...(hasField ? both(type, 'related', ofEntry, FIND_ACTION) : []),
    ...both('Query', query, ofEntries, FIND_ACTION),
    ...both('Query', `${query}ToText`, ofText, FIND_BY_TEXT_ACTION),
  ];
}

const contentTypeOf = (strapi: Core.Strapi, uid: string) =>
  strapi.contentType(uid as UID.ContentType);
