import { AsyncLocalStorage } from 'node:async_hooks';
import type { Core, UID } from '@strapi/strapi';

import type { AttributeSchema, Schema } from '../config/attributes';
import type { RelatedType } from '../config/resolve';
import type { TextSource } from '../config/text-sources';
import { FILES } from './dependents';
import type { Follower } from './follower';
import { entryId } from './mapper';
import type { Reader } from './reader';

interface LifecycleEvent {
  action: string;
  model: { uid: string };
  params?: { data?: Record<string, unknown> };
  result?: { documentId?: string } | null;
}

/** A relation through which writes to its target change documents of a type. */
interface Dependency {
  type: RelatedType;
  relation: string;
  /** The attributes of the target that lead back. */
  inverse: string[];
  /** Whether what is set through them names rows, as no query leads back over a polymorphic relation. */
  byRows: boolean;
  /** How the index knows an entry of the target. */
  idOf: (documentId: string) => string;
}

const MANY = /^after(?:Create|Update|Delete)Many$/;
const ONE = /^after(?:Create|Update|Delete)$/;

/**
 * Tells the follower what was written, once it is committed. Nothing that goes wrong here reaches the
 * writer: the trouble is logged and the type is read again as a whole.
 */
export function watch(
  strapi: Core.Strapi,
  types: ReadonlyMap<string, RelatedType>,
  reader: Reader,
  follower: Follower,
): void {
  const dependencies = dependenciesOf(strapi, types);
  // Whoever writes may be inside a transaction; what follows from it must not be.
  const outside = AsyncLocalStorage.snapshot();

  const afterCommit = async (work: () => void): Promise<void> => {
    const run = () => outside(() => setImmediate(work));
    if (!strapi.db.inTransaction()) {
      run();
      return;
    }
    await strapi.db.transaction(async ({ onCommit }) => onCommit(run));
  };

  const onType = async (type: RelatedType, event: LifecycleEvent): Promise<void> => {
    const documentId = event.result?.documentId;
    if (ONE.test(event.action) && documentId) {
      await afterCommit(() => follower.change(type, [documentId]));
    } else if (ONE.test(event.action) || MANY.test(event.action)) {
      await afterCommit(() => follower.rescan(type));
    }
  };

  const onTarget = async (
    { type, relation, inverse, byRows, idOf }: Dependency,
    { action, params, result }: LifecycleEvent,
  ): Promise<void> => {
    const documentId = result?.documentId;
    if (MANY.test(action) || (ONE.test(action) && !documentId)) {
      await afterCommit(() => follower.rescan(type));
    } else if (ONE.test(action) && documentId) {
      // Those that had it, as the index knows; and those that were given it from its own side.
      const data = params?.data ?? {};
      const back = inverse.filter((name) => name in data);
      const given = byRows
        ? await reader.documentsOfRows(
            type,
            back.flatMap((name) => rowsIn(data[name], type.uid)),
          )
        : back.length > 0
          ? await reader.documentsOf(type, relation, { documentId })
          : [];
      await afterCommit(() => {
        follower.changeDependents(type, relation, idOf(documentId));
        if (given.length > 0) follower.change(type, given);
      });
    }
  };

  strapi.db.lifecycles.subscribe(async (event) => {
    const seen = event as unknown as LifecycleEvent;
    const type = types.get(seen.model.uid);
    const dependents = dependencies.get(seen.model.uid) ?? [];
    if (!type && dependents.length === 0) return;
    try {
      if (type) await onType(type, seen);
      for (const dependency of dependents) await onTarget(dependency, seen);
    } catch (error) {
      strapi.log.error(
        `related-articles: could not see what a write to ${seen.model.uid} changes, reading all again: ${(error as Error).message}`,
      );
      for (const affected of [type, ...dependents.map((dependent) => dependent.type)]) {
        if (affected) outside(() => setImmediate(() => follower.rescan(affected)));
      }
    }
  });
}

function dependenciesOf(
  strapi: Core.Strapi,
  types: ReadonlyMap<string, RelatedType>,
): Map<string, Dependency[]> {
  const dependencies = new Map<string, Dependency[]>();
  const add = (target: string, dependency: Dependency) => {
    dependencies.set(target, [...(dependencies.get(target) ?? []), dependency]);
  };
  for (const type of types.values()) {
    const { attributes } = strapi.contentType(type.uid as UID.ContentType);
    for (const relation of type.relations) {
      const own = attributes[relation.attribute] as AttributeSchema;
      for (const { uid } of relation.targets) {
        const idOf = (documentId: string) => entryId(relation, uid, documentId);
        const inverse = inverseOf(
          own,
          relation.attribute,
          type.uid,
          strapi.contentType(uid as UID.ContentType) as Schema,
        );
        add(uid, {
          type,
          relation: relation.attribute,
          inverse,
          byRows: relation.polymorphic,
          idOf,
        });
      }
    }
    if (readsFiles(type.text)) {
      add(FILES, {
        type,
        relation: FILES,
        inverse: ['related'],
        byRows: true,
        idOf: (documentId) => documentId,
      });
    }
  }
  return dependencies;
}

/** The attributes of the target through which the relation can be set from there. */
function inverseOf(
  { inversedBy, mappedBy, morphBy }: AttributeSchema,
  attribute: string,
  uid: string,
  target: Schema,
): string[] {
  const named = [inversedBy, mappedBy, morphBy].filter((name) => name !== undefined);
  // A polymorphic relation does not say who leads back to it; they do.
  const leading = Object.entries(target.attributes)
    .filter(([, other]) => other.morphBy === attribute && other.target === uid)
    .map(([name]) => name);
  return [...named, ...leading];
}

/** The ids of a type's rows in what a relation is set to. */
function rowsIn(value: unknown, uid: string): number[] {
  const { set, connect } = (value ?? {}) as { set?: unknown; connect?: unknown };
  const entries = [value, set, connect].flatMap((part) => (Array.isArray(part) ? part : []));
  return entries.flatMap((entry: number | { id?: number; __type?: string } | null) => {
    if (typeof entry === 'number') return [entry];
    const isOurs = entry?.__type === undefined || entry.__type === uid;
    return isOurs && typeof entry?.id === 'number' ? [entry.id] : [];
  });
}

function readsFiles(sources: readonly TextSource[]): boolean {
  return sources.some((source) => {
    if (source.kind === 'component') return readsFiles(source.sources);
    if (source.kind === 'zone') return [...source.components.values()].some(readsFiles);
    return source.kind === 'media';
  });
}
