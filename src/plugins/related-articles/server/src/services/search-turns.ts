import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import { SharedTurn } from './shared-turn';
import { SpareTime } from './spare-time';

/** How many searches run at once; on SQLite only one, because all share its one connection. */
const AT_ONCE = 3;
/** How many more may run while they leave time to spare, because they wait for what the project's code waits for. */
const MORE = 30;
/** The same while something else keeps the process busy. */
const MORE_WHILE_BUSY = 8;
const turns = new WeakMap<RelatedType, SharedTurn>();

/** Returns the turn for searches in one type's entries: they do not wait for searches in other types. */
export function searchTurnOf(strapi: Core.Strapi, type: RelatedType): SharedTurn {
  const isAlone = strapi.db.dialect.client === 'sqlite';
  const turn =
    turns.get(type) ??
    new SharedTurn(isAlone ? 1 : AT_ONCE, {
      most: MORE,
      whileBusy: MORE_WHILE_BUSY,
      time: new SpareTime(strapi),
    });
  turns.set(type, turn);
  return turn;
}
