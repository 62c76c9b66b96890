import { isIPv6 } from 'node:net';
import type { Context } from 'koa';

type WithId = { id?: unknown } | null;
interface Caller {
  strategy?: { name?: string };
  credentials?: WithId;
}

/** Whom a request is for, as far as that is known. */
export function callerOf(ctx: Context): string {
  const { auth, user } = ctx.state as { auth?: Caller; user?: WithId };
  const id = auth?.credentials?.id ?? user?.id;
  return id === undefined ? networkOf(ctx.ip) : `${auth?.strategy?.name} ${id}`;
}

const GROUPS = 8;
/** Of IPv6, providers hand out networks: whoever has one address has 2^64 of them. */
const NETWORK_GROUPS = 4;

/** An address, or the network that stands for all of a visitor's addresses. */
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
