import type { Core } from '@strapi/strapi';
import * as utils from '@strapi/utils';
import { errors } from '@strapi/utils';

import { appOf } from '../../app';
import { RowBusy } from '../../changes/transactions';
import { CurationConflict } from '../../curations/curation-repository';
import type { EditorPermissions } from '../../permissions/editor-permissions';
import { AdminRateLimiter, asEditor, permissionsFor, type Administrator } from '../panel/editing';
import { toolsOf, type Caller, type Tool } from './tools';

/** A long text counts as one more call per this many characters. */
const TEXT_UNIT = 50_000;

/** The part of Strapi's MCP server that is used here. Strapi has it since 5.47. */
interface McpServer {
  isEnabled(): boolean;
  registerTool(tool: object): void;
}

interface Session {
  userAbility: ConstructorParameters<typeof EditorPermissions>[1];
  user: { id: string | number };
}

/** Registers the tools for agents, if the site has enabled Strapi's MCP server. */
export function registerTools(strapi: Core.Strapi): void {
  const { mcp } = (strapi as unknown as { ai?: { mcp?: McpServer } }).ai ?? {};
  if (!mcp?.isEnabled() || appOf(strapi).types.size === 0) return;
  const limiter = new AdminRateLimiter(appOf(strapi).config.limits.panelRequestsPerMinute);
  for (const tool of toolsOf(utils.z, strapi)) {
    mcp.registerTool({
      name: tool.name,
      title: tool.title,
      description: tool.description,
      auth: { policies: [{ action: tool.action }] },
      resolveInputSchema: () => tool.input,
      resolveOutputSchema: () => tool.output,
      createHandler:
        (_strapi: Core.Strapi, session: Session) =>
        ({ args }: { args: Record<string, unknown> }) =>
          answer(strapi, tool, session, args, limiter),
    });
  }
}

async function answer(
  strapi: Core.Strapi,
  tool: Tool,
  { userAbility, user }: Session,
  args: Record<string, unknown>,
  limiter: AdminRateLimiter,
): Promise<object> {
  try {
    await limiter.consumeFor(String(user.id), 1 + Math.floor(JSON.stringify(args).length / TEXT_UNIT)); // prettier-ignore
    const owner = await ownerOf(strapi, user.id);
    const ctx = strapi.requestContext.get();
    // As in the panel: middlewares of the project may go by names and roles, and Strapi sets only the id.
    if (ctx) ctx.state.user = owner;
    const caller: Caller = {
      permissions: permissionsFor(strapi, userAbility, String(user.id)),
      editor: async () => asEditor(owner, ' (agent)'),
    };
    const found = await tool.run(caller, args as never);
    return { content: [{ type: 'text', text: JSON.stringify(found) }], structuredContent: found };
  } catch (error) {
    if (!isForCaller(error)) {
      strapi.log.error(error);
      return failed('The server could not answer; its log says why.');
    }
    return failed(error.message || error.name);
  }
}

const failed = (text: string) => ({ content: [{ type: 'text', text }], isError: true as const });

/** Whether to show an error to the caller: it is about what they did wrong or may not do, not an internal one. */
const isForCaller = (error: unknown): error is Error =>
  [errors.ApplicationError, CurationConflict, RowBusy].some((kind) => error instanceof kind);

/** Returns the token's owner: the audit trail records under their name what an agent does. */
async function ownerOf(strapi: Core.Strapi, id: string | number): Promise<Administrator> {
  const owner = await strapi.db
    .query('admin::user')
    .findOne({ where: { id }, populate: ['roles'] });
  if (!owner) throw new errors.ForbiddenError();
  return owner as Administrator;
}
