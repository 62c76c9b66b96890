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
  /** What was written; of many rows, how many. */
  result?: { documentId?: string; id?: unknown; count?: unknown } | null;
}

/** What is cloned just now, and the clone, once it is made. */
interface Cloning {
  uid: string;
  from: string;
  to?: string;
}

/** Rows that are noted one by one; of more, their whole type is read again. */
const MAX_ROWS = 200;
/** Documents of a bulk write that are noted one by one, while the writer waits. */
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
  /** Called when lifecycles are switched on again: until then, hooks of the project had no say in what was read. */
  onBack(): void;
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
      // The writer must know: what they wrote is already taken back, and a commit would say nothing of it.
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
    // It is one document, in all its locales. What else is made meanwhile is made by hooks of the project.
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
    // What hooks of the project make beside a clone is none.
    if (!isClone) return cloning.getStore() ? cloning.run(undefined, next) : next();
    return cloning.run({ uid, from: (params as { documentId: string }).documentId }, next);
  });
}

/**
 * The changes of a write, without querying the database.
 *
 * @param configured The content type, if it is one whose entries are related.
 */
function changesOf(
  { action, model: { uid }, params, result }: LifecycleEvent,
  dependents: readonly Dependency[],
  configured: RelatedType | undefined,
): Change[] {
  // Jobs that change what is due find nothing, most often.
  if (action.endsWith('Many') && result?.count === 0) return [];
  const data = params?.data ?? {};
  // Where relations go by rows, an entry that was published again is found by its rows alone.
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
 * The documents that a write of many rows is limited to, whatever its other conditions are: projects count views and set
 * flags that way. `null` where it may be any, or are too many to name.
 */
function documentsIn(where: unknown): string[] | null {
  if (typeof where !== 'object' || where === null || Array.isArray(where)) return null;
  const { documentId } = where as { documentId?: unknown };
  const isPlain =
    typeof documentId !== 'object' || documentId === null || Array.isArray(documentId);
  const { $eq, $in } = (isPlain ? { $eq: documentId } : documentId) as { $eq?: unknown; $in?: unknown }; // prettier-ignore
  const all = [$in ?? $eq].flat();
  // An empty list is no condition for Strapi.
  const isClear = all.length > 0 && all.length <= MAX_NAMED;
  return isClear && all.every((one) => typeof one === 'string') ? all : null;
}

/** Entries that were given to this document, and so taken from the one that had them, whoever has them later. */
function takenIn(data: Record<string, unknown>, type: RelatedType): Change[] {
  return readRelations(type)
    .filter(({ exclusive, attribute }) => exclusive && attribute in data)
    .flatMap(({ attribute, targets: [{ uid }] }) => rowChanges(uid, rowsIn(data[attribute], uid)));
}

const rowChanges = (uid: string, ids: readonly number[]): Change[] =>
  ids.length > MAX_ROWS
    ? [{ kind: 'type', uid }]
    : ids.map((rowId) => ({ kind: 'row', uid, rowId }));

/** What was written, `null` for anything of the type. Whoever writes may select what they get of it. */
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
