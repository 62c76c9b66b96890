import { AsyncLocalStorage } from 'node:async_hooks';
import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import type { Follower } from './follower';
import type { Reader } from './reader';

interface LifecycleEvent {
  action: string;
  model: { uid: string };
  params?: { where?: Record<string, unknown> };
  result?: { documentId?: string } | null;
}

/** A relation through which writes to its target change documents of a type. */
interface Dependency {
  type: RelatedType;
  relation: string;
}

const MANY = /^after(?:Create|Update|Delete)Many$/;
const ONE = /^after(?:Create|Update|Delete)$/;
const BEFORE = /^before(?:Update|Delete)$/;

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
  const dependencies = dependenciesOf(types);
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

  const onTarget = async ({ type, relation }: Dependency, event: LifecycleEvent): Promise<void> => {
    if (MANY.test(event.action)) {
      await afterCommit(() => follower.rescan(type));
      return;
    }
    // Before: those that are about to lose the entry. After: those that have it now.
    const where = BEFORE.test(event.action)
      ? event.params?.where
      : event.result?.documentId && { documentId: event.result.documentId };
    if (!where) return;
    const documents = await reader.documentsOf(type, relation, where);
    if (documents.length > 0) await afterCommit(() => follower.change(type, documents));
  };

  strapi.db.lifecycles.subscribe(async (event) => {
    const seen = event as unknown as LifecycleEvent;
    const type = types.get(seen.model.uid);
    const dependents = dependencies.get(seen.model.uid) ?? [];
    if (!type && dependents.length === 0) return;
    try {
      if (type) await onType(type, seen);
      for (const dependency of dependents) {
        if (BEFORE.test(seen.action) || ONE.test(seen.action) || MANY.test(seen.action)) {
          await onTarget(dependency, seen);
        }
      }
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

function dependenciesOf(types: ReadonlyMap<string, RelatedType>): Map<string, Dependency[]> {
  const dependencies = new Map<string, Dependency[]>();
  for (const type of types.values()) {
    for (const { attribute, target } of type.relations) {
      const known = dependencies.get(target) ?? [];
      dependencies.set(target, [...known, { type, relation: attribute }]);
    }
  }
  return dependencies;
}
