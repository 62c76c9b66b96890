import type { Core, UID } from '@strapi/strapi';

import { appOf } from '../../app';
import type { RelatedType } from '../../config/resolve';
import { FIND_ACTION, FIND_BY_TEXT_ACTION } from '../../constants';
import type { ToFilters } from './arguments';
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
  shadowCRUD(uid: string): { isEnabled(): boolean; isActionEnabled(action: string): boolean };
}

/** What the schema has already. */
interface TypeRegistry {
  has(name: string): boolean;
}

interface Utils {
  naming: Record<
    'getTypeName' | 'getFiltersInputTypeName' | 'getFindQueryName',
    (contentType: object) => string
  >;
  mappers: { graphQLFiltersToStrapiQuery(filters: object, contentType: object): object };
}

/** Adds lists to the GraphQL schema, where that plugin is installed. */
export function extendGraphQL(strapi: Core.Strapi): void {
  const graphql = strapi.plugins.graphql as unknown as GraphQLPlugin | undefined;
  if (!graphql) return;
  // Asked when the schema is built: until then, the project may take types out of it.
  graphql.service('extension').use(({ typeRegistry }) => {
    const types = [...appOf(strapi).types.values()].filter((type) => isThere(graphql, type));
    if (types.length === 0) return {};
    const named = types.map((type) => ({
      type,
      names: namesOf(strapi, graphql, type, typeRegistry),
    }));
    const toFilters: ToFilters = (filters, { uid }) =>
      graphql.service('utils').mappers.graphQLFiltersToStrapiQuery(filters, contentTypeOf(strapi, uid)); // prettier-ignore
    const fields = named.flatMap(({ type, names }) =>
      fieldsOf(type, names, new RelatedResolvers(strapi, type, toFilters)),
    );
    const resolvers: Record<string, Record<string, Resolver>> = {};
    for (const { parent, name, resolve } of fields) (resolvers[parent] ??= {})[name] = resolve;
    return {
      typeDefs: schemaOf(named.map(({ names }) => names)),
      resolvers,
      // Strapi lets anybody ask for the fields of a type that say nothing.
      resolversConfig: Object.fromEntries(
        fields.map(({ parent, name, scope }) => [`${parent}.${name}`, { auth: { scope } }]),
      ),
    };
  });
}

/** Whether the schema has the type, and its list. */
function isThere(graphql: GraphQLPlugin, { uid }: RelatedType): boolean {
  const crud = graphql.service('extension').shadowCRUD(uid);
  return graphql.config('shadowCRUD') !== false && crud.isEnabled() && crud.isActionEnabled('find');
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
  return {
    type: naming.getTypeName(contentType),
    filters: naming.getFiltersInputTypeName(contentType),
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
}

function fieldsOf(
  { uid }: RelatedType,
  { type, query, hasField }: TypeNames,
  { ofEntry, ofEntries, ofText }: RelatedResolvers,
): Field[] {
  const both = (
    parent: string,
    name: string,
    { nodes, connection }: { nodes: Resolver; connection: Resolver },
    action: string,
  ): Field[] => {
    const scope = [action, `${uid}.find`];
    return [
      { parent, name, resolve: nodes, scope },
      { parent, name: `${name}_connection`, resolve: connection, scope },
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
