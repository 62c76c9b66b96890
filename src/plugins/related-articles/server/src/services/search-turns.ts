import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import { SharedTurn } from './shared-turn';

/** SQLite has one connection for all. */
const AT_ONCE = 3;
const turns = new WeakMap<RelatedType, SharedTurn>();

/** The turn of searches in one type's entries: whoever waits for it waits for no other type's. */
export function searchTurnOf(strapi: Core.Strapi, type: RelatedType): SharedTurn {
  const isAlone = strapi.db.dialect.client === 'sqlite';
  const turn = turns.get(type) ?? new SharedTurn(isAlone ? 1 : AT_ONCE);
  turns.set(type, turn);
  return turn;
}
