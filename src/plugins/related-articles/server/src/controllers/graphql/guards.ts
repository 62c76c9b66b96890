/** The part of a field's entry in `resolversConfig` that is used here. */
export interface FieldConfig {
  auth?: false | { scope?: string[] };
  policies?: unknown[];
  middlewares?: unknown[];
}

/** The part of a Nexus definition that is used here. */
interface NexusDefinition {
  name?: unknown;
  config?: { definition?: (block: unknown) => void; onCreateFieldResolver?: unknown; onAfterBuild?: unknown }; // prettier-ignore
}

/** The extensions of the schema, combined. */
export interface Extensions {
  /** Definitions, and lists and objects of them. */
  types?: unknown[];
  plugins?: NexusDefinition[];
  resolvers: Record<string, Record<string, unknown> | undefined>;
  resolversConfig: Record<string, FieldConfig | undefined>;
}

/** What guards the list of a type in GraphQL, and therefore its suggestions. */
export interface ListGuards {
  scope: string[];
  policies: unknown[];
  /** Why the plugin cannot tell what the list hides; `null` if only policies hide entries. */
  unclear: string | null;
}

/**
 * Returns what a project puts in front of a type's list, `Query.articles` and `Query.articles_connection`.
 *
 * @param names The names of these two fields.
 * @param related The query for suggestions: `relatedArticles`.
 */
export function guardsOf(
  { types = [], plugins = [], resolvers, resolversConfig }: Extensions,
  names: readonly string[],
  related: string,
): ListGuards {
  // With this entry, the project says that it has considered suggestions: its policies then apply to all fields.
  const own = resolversConfig[`Query.${related}`];
  const configs = [...names.map((name) => resolversConfig[`Query.${name}`] ?? {}), ...(own ? [own] : [])]; // prettier-ignore
  const scopes = configs.flatMap(({ auth }) => (auth && auth.scope) || []);
  const policies = configs.flatMap((config) => config.policies ?? []);
  const written = new Set([...Object.keys(resolvers.Query ?? {}), ...fieldsOfQuery(types)]);
  const changed = names.find((name) => written.has(name));
  const between = [...names, related].find((_, at) => (configs[at]?.middlewares ?? []).length > 0);
  const wraps = ({ config }: NexusDefinition) => config?.onCreateFieldResolver ?? config?.onAfterBuild; // prettier-ignore
  const reasons = [
    changed !== undefined && `the project has a resolver of its own for Query.${changed}`,
    written.has(UNREADABLE) &&
      'the project defines fields of Query in a way that the plugin cannot inspect',
    between !== undefined && `the project has middlewares for Query.${between}`,
    plugins.some(wraps) && 'a plugin of Nexus may change resolvers',
  ].filter((reason) => typeof reason === 'string');
  const isOpened = own !== undefined && !own.middlewares?.length;
  return {
    scope: [...new Set(scopes)],
    policies: [...new Set(policies)],
    unclear: isOpened ? null : (reasons[0] ?? null),
  };
}

/** Stands for fields that cannot be inspected; no field has this name. */
const UNREADABLE = '*';
/** Lists of definitions may be nested. */
const MAX_DEPTH = 5;

/** Returns the fields that definitions add to `Query`. */
function fieldsOfQuery(definitions: unknown, depth = 0): string[] {
  if (typeof definitions !== 'object' || definitions === null || depth > MAX_DEPTH) return [];
  const { name, config } = definitions as NexusDefinition;
  if (typeof name === 'string' && config) return name === 'Query' ? namedIn(config) : [];
  return Object.values(definitions).flatMap((one) => fieldsOfQuery(one, depth + 1));
}

/** Returns the fields that a definition names, however it defines them: `t.list.field('articles', …)`. */
function namedIn(config: NonNullable<NexusDefinition['config']>): string[] {
  const named: string[] = [];
  const block: unknown = new Proxy(() => undefined, {
    get: () => block,
    apply(_target, _this, [field]: unknown[]) {
      const { name } = Object(field) as { name?: unknown };
      if (typeof field === 'string') named.push(field);
      if (typeof name === 'string') named.push(name);
      return block;
    },
  });
  try {
    config.definition?.(block);
  } catch {
    // The definition uses its argument in ways that this stub does not support.
    return [UNREADABLE];
  }
  return named;
}
