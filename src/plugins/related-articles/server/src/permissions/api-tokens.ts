/** Strapi's names for callers with an API token; the first up to some release of 5. */
export const TOKEN_STRATEGIES = ['api-token', 'content-api-token'];

/** Who sends a request, as Strapi puts it into `ctx.state.auth`. */
interface Auth {
  strategy?: { name?: string };
  credentials?: { type?: unknown } | null;
}

/** The type of the sender's API token, such as `read-only`; `null` for everybody else. */
export function tokenType(auth: Auth | null | undefined): unknown {
  if (!TOKEN_STRATEGIES.includes(auth?.strategy?.name ?? '')) return null;
  return auth?.credentials?.type ?? null;
}
