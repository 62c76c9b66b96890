import { AsyncLocalStorage } from 'node:async_hooks';
import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import type { Change, ChangeLog } from './change-log';
import type { Dependencies, Dependency } from '../content/dependencies';
import type { ChangeFeed } from './change-feed';
import { hasEnded } from './transactions';

interface LifecycleEvent {
  action: string;
  model: { uid: string };
  params?: { data?: Record<string, unknown> };
  result?: { documentId?: string } | null;
}

/** Rows that are noted one by one; of more, their whole type is read again. */
const MAX_ROWS = 200;

const WRITE = /^after(?:Create|Update|Delete)(?:Many)?$/;

export interface CaptureOptions {
  strapi: Core.Strapi;
  log: ChangeLog;
  feed: ChangeFeed;
  types: ReadonlyMap<string, RelatedType>;
  dependencies: Dependencies;
  /** Whether changes of another content type are logged. */
  isWatched(uid: string): boolean;
}

/**
 * Notes in the log what is written, in the writer's own transaction, and wakes the feed after the commit. Nothing that
 * goes wrong here reaches the writer: the change is then written to the log later.
 */
export function captureChanges({
  strapi,
  log,
  feed,
  types,
  dependencies,
  isWatched,
}: CaptureOptions): void {
  // The writer may be in a transaction; follow-up work must run outside it.
  const outside = AsyncLocalStorage.snapshot();
  const cloning = new AsyncLocalStorage<{ uid: string; from: string }>();

  const afterCommit = async (work: () => void): Promise<void> => {
    const run = () => outside(() => setImmediate(work));
    if (!strapi.db.inTransaction()) {
      run();
      return;
    }
    await strapi.db.transaction(async ({ onCommit }) => onCommit(run));
  };

  const write = async (change: Change): Promise<void> => {
    try {
      await log.append(change);
      await afterCommit(() => feed.wake());
    } catch (error) {
      // The writer must know: what they wrote is already taken back, and a commit would say nothing of it.
      if (await hasEnded(strapi.db, error)) throw error;
      await afterCommit(() => feed.addUnlogged(change, error as Error)).catch(() => undefined);
    }
  };

  strapi.db.lifecycles.subscribe(async (event) => {
    const seen = event as unknown as LifecycleEvent;
    const { uid } = seen.model;
    const dependents = dependencies.get(uid) ?? [];
    if (!WRITE.test(seen.action)) return;
    if (!types.has(uid) && dependents.length === 0 && !isWatched(uid)) return;
    for (const change of changesOf(seen, dependents)) await write(change);
    const clone = cloning.getStore();
    const to = seen.result?.documentId;
    if (clone?.uid !== uid || seen.action !== 'afterCreate' || !to || to === clone.from) return;
    await write({ kind: 'clone', ref: { uid, documentId: to }, clonedFrom: clone.from });
  });

  // Lifecycles don't say which document was cloned.
  strapi.documents.use((context, next) => {
    const { action, uid, params } = context;
    if (action !== 'clone' || !types.has(uid)) return next();
    return cloning.run({ uid, from: (params as { documentId: string }).documentId }, next);
  });
}

/** The changes of a write, without querying the database. */
function changesOf(
  { action, model: { uid }, params, result }: LifecycleEvent,
  dependents: readonly Dependency[],
): Change[] {
  const documentId = result?.documentId;
  if (action.endsWith('Many') || !documentId) return [{ kind: 'type', uid }];
  const data = params?.data ?? {};
  const rows = dependents
    .filter(({ byRows, hasOne }) => byRows || hasOne)
    .flatMap(({ type, inverse }): Change[] => {
      const ids = inverse
        .filter((name) => name in data)
        .flatMap((name) => rowsIn(data[name], type.uid));
      if (ids.length > MAX_ROWS) return [{ kind: 'type', uid: type.uid }];
      return ids.map((rowId) => ({ kind: 'row', uid: type.uid, rowId }));
    });
  return [{ kind: 'document', ref: { uid, documentId } }, ...rows];
}

/** The ids of a type's rows in what a relation is set to. */
function rowsIn(value: unknown, uid: string): number[] {
  const { set, connect } = (value ?? {}) as { set?: unknown; connect?: unknown };
  return [value, set, connect].flat().flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return numbersIn(entry);
    const { id, __type: type } = entry as { id?: unknown; __type?: string };
    return type === undefined || type === uid ? numbersIn(id) : [];
  });
}

/** A row's id as the database layer takes it: a number, or one as text. */
function numbersIn(id: unknown): number[] {
  const number = typeof id === 'string' && /^\d{1,15}$/.test(id) ? Number(id) : id;
  return typeof number === 'number' ? [number] : [];
}
