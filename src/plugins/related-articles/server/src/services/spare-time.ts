import { performance } from 'node:perf_hooks';

import type { Core } from '@strapi/strapi';

import type { Spare } from './shared-turn';

/** Up to which share of its time the process may be busy, and of its connections in use, to take on more work. */
const BUSY = 0.7;
const IN_USE = 0.5;

/** The part of knex's pool that tells how much it is used. */
interface Pool {
  max: number;
  numUsed(): number;
  numPendingAcquires(): number;
}

/** Tells whether the process and the database could do more than they do. */
export class SpareTime {
  private last = performance.eventLoopUtilization();

  constructor(private readonly strapi: Core.Strapi) {}

  /** Looks at the time since the last look, and at the connections that are in use now. */
  look(): Spare {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.last);
    this.last = now;
    const { dialect, connection } = this.strapi.db;
    const { pool } = connection.client as { pool?: Pool };
    const isInUse = pool ? pool.numUsed() > IN_USE * pool.max : false;
    const isAwaited = pool ? pool.numPendingAcquires() > 0 : false;
    if (utilization <= BUSY && !isInUse && !isAwaited) return 'idle';
    // On SQLite, the one connection is in use now and then; queries there take time of the process itself.
    return (isInUse || isAwaited) && dialect.client !== 'sqlite' ? 'full' : 'busy';
  }
}
