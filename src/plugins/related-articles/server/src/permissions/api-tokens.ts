/** Strapi's names of the strategies for API tokens; earlier releases of Strapi 5 use the first. */
export const TOKEN_STRATEGIES = ['api-token', 'content-api-token'];

/** What Strapi puts into `ctx.state.auth` about the sender of a request. */
interface Auth {
  strategy?: { name?: string };
  credentials?: { type?: unknown } | null;
}

/** Returns the type of the sender's API token, such as `read-only`; `null` for everybody else. */
export function tokenType(auth: Auth | null | undefined): unknown {
  if (!TOKEN_STRATEGIES.includes(auth?.strategy?.name ?? '')) return null;
  return auth?.credentials?.type ?? null;
}
