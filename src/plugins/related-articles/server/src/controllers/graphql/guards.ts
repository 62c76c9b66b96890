/** What a project may say of a field in `resolversConfig`, as far as it is used here. */
export interface FieldConfig {
  auth?: false | { scope?: string[] };
  policies?: unknown[];
  middlewares?: unknown[];
}

/** All that extensions of the schema add up to. */
export interface Extensions {
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
 * @param related The field by which the project may say that it has thought of suggestions: `relatedArticles`.
 */
export function guardsOf(
  { resolvers, resolversConfig }: Extensions,
  names: readonly string[],
  related: string,
): ListGuards {
  const configs = names.map((name) => resolversConfig[`Query.${name}`] ?? {});
  const scopes = configs.flatMap(({ auth }) => (auth && auth.scope) || []);
  const policies = configs.flatMap((config) => config.policies ?? []);
  const changed = names.find((name) => resolvers.Query?.[name]);
  const between = names.find((_, at) => (configs[at].middlewares ?? []).length > 0);
  const isThoughtOf = resolversConfig[`Query.${related}`] !== undefined;
  const reasons = [
    changed && `the project has a resolver of its own for Query.${changed}`,
    between && `the project has middlewares for Query.${between}`,
  ].filter((reason) => typeof reason === 'string');
  return {
    scope: [...new Set(scopes)],
    policies: [...new Set(policies)],
    unclear: isThoughtOf ? null : (reasons[0] ?? null),
  };
}
