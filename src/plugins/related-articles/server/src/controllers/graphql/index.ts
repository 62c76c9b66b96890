import type { Core, UID } from '@strapi/strapi';

import { appOf } from '../../app';
import type { RelatedType } from '../../config/resolve';
import { FIND_ACTION, FIND_BY_TEXT_ACTION } from '../../constants';
import type { ToFilters } from './arguments';
import { guardsOf, type Extensions, type ListGuards } from './guards';
import { RelatedResolvers, type Resolver } from './resolvers';
import { schemaOf, type TypeNames } from './schema';

/** What is used of Strapi's plugin for GraphQL, which need not be there. */
interface GraphQLPlugin {
  config(key: string): unknown;
  service(name: 'extension'): Extension;
  service(name: 'utils'): Utils;
}

interface Extension {
  use(extension: (schema: { typeRegistry: TypeRegistry }) => object): void;
  /** What all extensions add up to. */
  generate(of: { typeRegistry: TypeRegistry }): Extensions;
  shadowCRUD(uid: string): {
    isEnabled(): boolean;
    areQueriesEnabled(): boolean;
    isActionEnabled(action: string): boolean;
  };
}

/** What the schema has already. */
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

/** Adds lists to the GraphQL schema, where that plugin is installed. */
export function extendGraphQL(strapi: Core.Strapi): void {
  const graphql = strapi.plugins.graphql as unknown as GraphQLPlugin | undefined;
  if (!graphql) return;
  const extension = graphql.service('extension');
  let isAsking = false;
  // Asked when the schema is built: until then, the project may take types out of it.
  extension.use(({ typeRegistry }) => {
    // What the others add is asked for here, which asks this as well.
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
      // Strapi lets anybody ask for the fields of a type that say nothing.
      resolversConfig: Object.fromEntries(
        fields.map(({ parent, name, scope, policies }) => {
          const place = `${parent}.${name}`;
          const own = others.resolversConfig[place];
          // Strapi merges lists place by place: what the project has written comes first.
          const all = [...new Set([...(own?.policies ?? []), ...policies])];
          return [place, { auth: { scope }, policies: all }];
        }),
      ),
    };
  });
}

/** Whether the schema has the type, and its list. */
function isThere(graphql: GraphQLPlugin, { uid }: RelatedType): boolean {
  const crud = graphql.service('extension').shadowCRUD(uid);
  const hasList = crud.isEnabled() && crud.areQueriesEnabled() && crud.isActionEnabled('find');
  return graphql.config('shadowCRUD') !== false && hasList;
}

/** The schema is built anew while the project runs: once is enough. */
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
    // An attribute of that name keeps it.
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
