import { isIPv6 } from 'node:net';
import type { Context } from 'koa';

import { TOKEN_STRATEGIES } from '../../permissions/api-tokens';
import type { Caller } from '../../services/fair-shares';

type WithId = { id?: unknown } | null;
interface Authenticated {
  strategy?: { name?: string };
  credentials?: WithId;
}

/** Returns who takes turns: a token, or a network with its logins. */
export function callerOf(ctx: Context): Caller {
  const { auth, user } = ctx.state as { auth?: Authenticated; user?: WithId };
  const id = auth?.credentials?.id ?? user?.id;
  const strategy = auth?.strategy?.name ?? '';
  if (id !== undefined && TOKEN_STRATEGIES.includes(strategy)) return { from: `${strategy} ${id}` };
  return { from: networkOf(ctx.ip), ...(id !== undefined && { login: `${strategy} ${id}` }) };
}

const GROUPS = 8;
/** Providers assign whole IPv6 networks: a client with one address has 2^64 of them. */
const NETWORK_GROUPS = 4;

/** Returns an IPv4 address as it is, and the network of an IPv6 address, which covers all of a visitor's addresses. */
export function networkOf(ip: string): string {
  const isMapped = /^::ffff:[\d.]+$/i.test(ip);
  if (!isIPv6(ip) || isMapped) return ip;
  const [head, tail] = ip.split('%')[0].split('::');
  const groupsOf = (part = '') => part.split(':').filter(Boolean);
  const [first, last] = [groupsOf(head), groupsOf(tail)];
  const zeros = Array<string>(Math.max(0, GROUPS - first.length - last.length)).fill('0');
  const groups = [...first, ...zeros, ...last].slice(0, NETWORK_GROUPS);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
