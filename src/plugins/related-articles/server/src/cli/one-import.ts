import { randomUUID } from 'node:crypto';
import type { Core } from '@strapi/strapi';

import { Lease } from '../changes/lease';
import { isLocked, isRace } from './races';

/** How long an import that ended badly holds up the next one, in milliseconds. */
const LEASE_MS = 30_000;
const RENEWAL_MS = 5000;
const POLL_MS = 500;
/** How many tries are silent: a server's own writes take less time. */
const QUIET_TRIES = 4;

/** Lets one import of a kind at a time use a database: two would each create what the other is about to create. */
export class ImportTurn {
  private readonly lease: Lease;
  private heldAt: number | null = null;
  private readonly told = new Set<string>();

  /** @param isOver Whether the import no longer wants to wait. */
  constructor(
    strapi: Core.Strapi,
    kind: 'import' | 'import-curations',
    private readonly isOver: () => boolean = () => false,
  ) {
    this.lease = new Lease({
      db: strapi.db,
      name: kind,
      holder: randomUUID(),
      durationMs: LEASE_MS,
    });
  }

  /** Keeps the turn while the work is done, which may take longer than the lease. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    await this.wait();
    let renewed: Promise<unknown> = Promise.resolve();
    const renew = () => (renewed = this.lease.hold().catch(() => undefined));
    const renewing = setInterval(renew, RENEWAL_MS);
    try {
      return await work();
    } finally {
      clearInterval(renewing);
      await renewed;
      await this.end();
    }
  }

  /** Waits for this import's turn, also when it lost it to an import that began while this one was suspended. */
  async wait(): Promise<void> {
    if (this.heldAt !== null && performance.now() - this.heldAt < RENEWAL_MS) return;
    for (let tries = 1; !this.isOver(); tries += 1) {
      const isHeld = await this.hold();
      if (isHeld) return;
      if (isHeld === false) this.tell('Waiting for another import to end');
      else if (tries > QUIET_TRIES) this.tell('Waiting for a process that has locked the database');
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async end(): Promise<void> {
    // Otherwise, the lease expires by itself.
    await this.lease.release().catch(() => undefined);
  }

  /** Returns `null` if a running Strapi is writing at this very moment. */
  private async hold(): Promise<boolean | null> {
    try {
      const isHeld = await this.lease.hold();
      this.heldAt = isHeld ? performance.now() : null;
      return isHeld;
    } catch (error) {
      if (!isRace(error) && !isLocked(error)) throw error;
      return null;
    }
  }

  private tell(reason: string): void {
    if (!this.told.has(reason)) process.stderr.write(`${reason} …\n`);
    this.told.add(reason);
  }
}
