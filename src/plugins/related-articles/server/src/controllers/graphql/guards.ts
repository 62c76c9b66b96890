/** What a project may say of a field in `resolversConfig`, as far as it is used here. */
export interface FieldConfig {
  auth?: false | { scope?: string[] };
  policies?: unknown[];
  middlewares?: unknown[];
}

/** What a project may make with Nexus, as far as it is used here. */
interface NexusDefinition {
  name?: unknown;
  config?: { definition?: (block: unknown) => void; onCreateFieldResolver?: unknown; onAfterBuild?: unknown }; // prettier-ignore
}

/** All that extensions of the schema add up to. */
export interface Extensions {
  /** Definitions, and lists and objects of them. */
  types?: unknown[];
  plugins?: NexusDefinition[];
  resolvers: Record<string, Record<string, unknown> | undefined>;
  resolversConfig: Record<string, FieldConfig | undefined>;
}

/** What guards the list of a type in GraphQL, and hence what is related. */
export interface ListGuards {
  scope: string[];
  policies: unknown[];
  /** Why nobody can tell what the list would hide; `null` where it hides nothing that policies let pass. */
  unclear: string | null;
}

/**
 * What a project puts before the list of a type, `Query.articles` and `Query.articles_connection`.
 *
 * @param names Of these two fields.
 * @param related The query for suggestions: `relatedArticles`.
 */
export function guardsOf(
  { types = [], plugins = [], resolvers, resolversConfig }: Extensions,
  names: readonly string[],
  related: string,
): ListGuards {
  // By such an entry the project says that it has thought of suggestions: its policies are those of all fields.
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

/** No field has such a name. */
const UNREADABLE = '*';
/** Lists of definitions may be nested. */
const MAX_DEPTH = 5;

/** The fields that definitions add to the root of queries. */
function fieldsOfQuery(definitions: unknown, depth = 0): string[] {
  if (typeof definitions !== 'object' || definitions === null || depth > MAX_DEPTH) return [];
  const { name, config } = definitions as NexusDefinition;
  if (typeof name === 'string' && config) return name === 'Query' ? namedIn(config) : [];
  return Object.values(definitions).flatMap((one) => fieldsOfQuery(one, depth + 1));
}

/** The fields that a definition names, whatever it says of them: `t.list.field('articles', …)`. */
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
    // It does more with what it is given than Nexus asks for.
    return [UNREADABLE];
  }
  return named;
}
