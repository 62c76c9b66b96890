import { setTimeout } from 'node:timers/promises';

import type { SharedEngine, SharedState } from '../../engine/engine';
import { ALIVE_MS, isOfAnotherSite, stateOf } from './shared-state';

type Told = Awaited<ReturnType<SharedEngine['readState']>>;

/** A keeper that has told within this time may still be at work: a lease is free this long after a crash. In ms. */
const RECENT_MS = 12_000;
/** How long to wait for its next state, which comes within ten seconds, in milliseconds. */
const WATCH_MS = 12_000;
const LOOK_MS = 1000;

/** Another site writes to the same indexes. */
export class OtherSite extends Error {
  constructor() {
    super('another site writes to indexes with the same prefix, such as one with a copy of this database. Set a different engine.indexPrefix for each site and environment'); // prettier-ignore
  }
}

/**
 * Notices other sites that write to the same indexes. A copy of the database has the same identity and a lease of its
 * own, so it is told by what it does: it goes on writing states while this process holds the lease.
 */
export class OtherWriters {
  private hasSeen = false;

  /** @param own The id of this process. */
  constructor(private readonly own: string) {}

  /**
   * Waits until nobody else can be writing any more.
   *
   * @param isStopped Whether to give up; the state is then of no use.
   * @returns The state as it is now.
   * @throws OtherSite
   */
  async settled(
    engine: SharedEngine,
    database: string,
    isStopped: () => boolean = () => false,
  ): Promise<Told> {
    let told = await engine.readState();
    if (told && isOfAnotherSite(told.state, database)) throw new OtherSite();
    // It may only be starting again.
    if (this.hasSeen && told && !this.isOwn(told.state) && age(told.state) < ALIVE_MS) throw new OtherSite(); // prettier-ignore
    this.hasSeen = false;
    const end = performance.now() + WATCH_MS;
    while (told && this.mayFollow(told.state) && performance.now() < end && !isStopped()) {
      await setTimeout(LOOK_MS);
      const next = await engine.readState();
      if (next && this.mayFollow(next.state) && stateOf(next.state).at !== stateOf(told.state).at) {
        this.hasSeen = true;
        throw new OtherSite();
      }
      told = next;
    }
    return told;
  }

  /** Whether another process has told a moment ago, and has not said that it would stop. */
  private mayFollow(state: SharedState): boolean {
    const { keeper } = stateOf(state);
    return Boolean(keeper) && !this.isOwn(state) && age(state) < RECENT_MS;
  }

  private isOwn(state: SharedState): boolean {
    return stateOf(state).keeper === this.own;
  }
}

const age = (state: SharedState): number => Date.now() - stateOf(state).at;
