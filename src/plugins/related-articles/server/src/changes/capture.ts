import { AsyncLocalStorage } from 'node:async_hooks';
import type { Core } from '@strapi/strapi';

import { readRelations, type RelatedType } from '../config/resolve';
import type { Change, ChangeLog } from './change-log';
import type { Dependencies, Dependency } from '../content/dependencies';
import { hearWhileOff } from '../content/lifecycle-switch';
import type { ChangeFeed } from './change-feed';
import { hasEnded } from './transactions';

interface LifecycleEvent {
  action: string;
  model: { uid: string };
  params?: { data?: Record<string, unknown>; where?: unknown };
  /** What was written; for a bulk write, how many rows. */
  result?: { documentId?: string; id?: unknown; count?: unknown } | null;
}

/** The document that is being cloned, and the clone once it exists. */
interface Cloning {
  uid: string;
  from: string;
  to?: string;
}

/** Most rows that are noted one by one; for more, their whole type is read again. */
const MAX_ROWS = 200;
/** Most documents of a bulk write that are noted one by one, while the writer waits. */
const MAX_NAMED = 20;

const WRITE = /^after(?:Create|Update|Delete)(?:Many)?$/;

export interface CaptureOptions {
  strapi: Core.Strapi;
  log: ChangeLog;
  feed: ChangeFeed;
  types: ReadonlyMap<string, RelatedType>;
  dependencies: Dependencies;
  /** Whether changes of another content type are logged. */
  isWatched(uid: string): boolean;
  /** Called when lifecycles are switched on again: until then, the project's hooks had no effect on what was read. */
  onBack(): void;
}

/**
 * Notes writes in the log, in the writer's own transaction, and wakes the feed after the commit. An error here reaches
 * the writer only if it has ended the transaction; otherwise the change is written to the log later.
 */
export function captureChanges({
  strapi,
  log,
  feed,
  types,
  dependencies,
  isWatched,
  onBack,
}: CaptureOptions): void {
  // The writer may be in a transaction; follow-up work must run outside it.
  const outside = AsyncLocalStorage.snapshot();
  const cloning = new AsyncLocalStorage<Cloning | undefined>();

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
      // The writer must know: the database has already rolled back the writes, and a commit would not report it.
      if (await hasEnded(strapi.db, error)) throw error;
      await afterCommit(() => feed.addUnlogged(change, error as Error)).catch(() => undefined);
    }
  };

  const capture = async (seen: LifecycleEvent) => {
    const { uid } = seen.model;
    const dependents = dependencies.get(uid) ?? [];
    if (!WRITE.test(seen.action)) return;
    if (!types.has(uid) && dependents.length === 0 && !isWatched(uid)) return;
    for (const change of changesOf(seen, dependents, types.get(uid))) await write(change);
    const clone = cloning.getStore();
    const to = seen.result?.documentId;
    if (clone?.uid !== uid || seen.action !== 'afterCreate' || !to || to === clone.from) return;
    // The clone is one document in all its locales. Other documents created meanwhile come from hooks of the project.
    clone.to ??= to;
    if (clone.to !== to) return;
    await write({ kind: 'clone', ref: { uid, documentId: to }, clonedFrom: clone.from });
  };
  strapi.db.lifecycles.subscribe((event) => capture(event as unknown as LifecycleEvent));
  hearWhileOff(strapi, capture, onBack);

  // Lifecycles don't say which document was cloned.
  strapi.documents.use((context, next) => {
    const { action, uid, params } = context;
    const isClone = action === 'clone' && types.has(uid);
    // Documents that hooks of the project create during a clone are not clones.
    if (!isClone) return cloning.getStore() ? cloning.run(undefined, next) : next();
    return cloning.run({ uid, from: (params as { documentId: string }).documentId }, next);
  });
}

/**
 * Returns the changes of a write, without querying the database.
 *
 * @param configured The content type, if its entries are related.
 */
function changesOf(
  { action, model: { uid }, params, result }: LifecycleEvent,
  dependents: readonly Dependency[],
  configured: RelatedType | undefined,
): Change[] {
  // Scheduled jobs that update what is due usually find nothing.
  if (action.endsWith('Many') && result?.count === 0) return [];
  const data = params?.data ?? {};
  // If relations point to rows, an entry that was published again can only be found by its rows.
  const isTraceable = dependents.every(({ byRows }) => !byRows) && !('documentId' in data);
  const named = action.endsWith('Many') && isTraceable && documentsIn(params?.where);
  if (named) return named.map((documentId) => ({ kind: 'document', ref: { uid, documentId } }));
  const written = writtenIn(action, uid, result ?? {}, configured !== undefined);
  if (!written) return [{ kind: 'type', uid }];
  const rows = dependents
    .filter(({ byRows, hasOne }) => byRows || hasOne)
    .flatMap(({ type, inverse }): Change[] => {
      const ids = inverse
        .filter((name) => name in data)
        .flatMap((name) => rowsIn(data[name], type.uid));
      return rowChanges(type.uid, ids);
    });
  return [written, ...rows, ...(configured ? takenIn(data, configured) : [])];
}

/**
 * Returns the documents that a bulk write is limited to, whatever its other conditions are: projects count views and
 * set flags that way. `null` if it may be any document, or if there are too many to name.
 */
function documentsIn(where: unknown): string[] | null {
  if (typeof where !== 'object' || where === null || Array.isArray(where)) return null;
  const { documentId } = where as { documentId?: unknown };
  const isPlain =
    typeof documentId !== 'object' || documentId === null || Array.isArray(documentId);
  const { $eq, $in } = (isPlain ? { $eq: documentId } : documentId) as { $eq?: unknown; $in?: unknown }; // prettier-ignore
  const all = [$in ?? $eq].flat();
  // Strapi ignores a condition with an empty list.
  const isClear = all.length > 0 && all.length <= MAX_NAMED;
  return isClear && all.every((one) => typeof one === 'string') ? all : null;
}

/** Returns changes for entries that this document took from others through exclusive relations. */
function takenIn(data: Record<string, unknown>, type: RelatedType): Change[] {
  return readRelations(type)
    .filter(({ exclusive, attribute }) => exclusive && attribute in data)
    .flatMap(({ attribute, targets: [{ uid }] }) => rowChanges(uid, rowsIn(data[attribute], uid)));
}

const rowChanges = (uid: string, ids: readonly number[]): Change[] =>
  ids.length > MAX_ROWS
    ? [{ kind: 'type', uid }]
    : ids.map((rowId) => ({ kind: 'row', uid, rowId }));

/** Returns what was written; `null` for anything of the type. The writer chooses which fields the result has. */
function writtenIn(
  action: string,
  uid: string,
  { documentId, id }: NonNullable<LifecycleEvent['result']>,
  isConfigured: boolean,
): Change | null {
  if (action.endsWith('Many')) return null;
  if (documentId) return { kind: 'document', ref: { uid, documentId } };
  const isThere = isConfigured && action !== 'afterDelete' && typeof id === 'number';
  return isThere ? { kind: 'row', uid, rowId: id } : null;
}

/** Returns the ids of a type's rows in a relation's new value. */
function rowsIn(value: unknown, uid: string): number[] {
  const { set, connect } = (value ?? {}) as { set?: unknown; connect?: unknown };
  return [value, set, connect].flat().flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return numbersIn(entry);
    const { id, __type: type } = entry as { id?: unknown; __type?: string };
    return type === undefined || type === uid ? numbersIn(id) : [];
  });
}

/** Reads a row's id in any form that the database layer accepts: a number, or a number as text. */
function numbersIn(id: unknown): number[] {
  const number = typeof id === 'string' && /^\d{1,15}$/.test(id) ? Number(id) : id;
  return typeof number === 'number' ? [number] : [];
}
