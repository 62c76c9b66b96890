import { setTimeout } from 'node:timers/promises';

import type { SharedEngine, SharedState } from '../../engine/engine';
import { isOfAnotherSite, stateOf, type Claim } from './shared-state';

type Told = Awaited<ReturnType<SharedEngine['readState']>>;

/** Whoever writes to the indexes tells so within this time, in milliseconds. */
const TOLD_MS = 12_000;
/** How long a copy waits: the original may be paused for a while. */
const WATCH_MS = 30_000;
const LOOK_MS = 1000;
/** After this time in one place, a database has moved there for good, in milliseconds. */
const SETTLED_MS = 7 * 24 * 3600_000;

/** Another site writes to the same indexes. */
export class OtherSite extends Error {
  constructor() {
    super('another site writes to indexes with the same prefix, such as one with a copy of this database. Set a different engine.indexPrefix for each site and environment'); // prettier-ignore
  }
}

/** Where the database is; `Home` in `changes/home.ts`. */
export interface Place {
  here(): Promise<string>;
  recorded(): Promise<string | null>;
  record(home: string): Promise<void>;
}

/**
 * Keeps sites apart that write to the same indexes. A copy of the database has the same identity and a lease of its
 * own, so it is told by where it is. The original goes first; a copy leaves the indexes alone as long as somebody else
 * writes to them. There may be two originals, such as a database that has moved and the one it was before: then whoever
 * writes keeps the indexes.
 */
export class OtherWriters {
  /** Whether somebody else was found to write before it was known whose the indexes are. */
  private wasRefused = false;

  constructor(private readonly place: Place) {}

  /**
   * Claims the indexes for this database.
   *
   * @param isStopped Whether to give up; the answer is then of no use.
   * @returns The state as it is now, and the claim to write with further states.
   * @throws OtherSite
   */
  async settled(
    engine: SharedEngine,
    database: string,
    isStopped: () => boolean = () => false,
  ): Promise<{ told: Told; claim: Claim; isTakeover: boolean }> {
    const { place } = this;
    const told = await engine.readState();
    if (told && isOfAnotherSite(told.state, database)) throw new OtherSite();
    const [here, recorded] = [await place.here(), await place.recorded()];
    const before = told ? stateOf(told.state).claim : undefined;
    if (before ? before.home === here : !told && recorded === null) {
      const { count, since } = before ?? { count: 1, since: Date.now() };
      const isFirst = recorded === null && (before?.isOriginal ?? true);
      if (isFirst) await place.record(here);
      const claim = { home: here, count, since, isOriginal: isFirst || recorded === here };
      return { told, claim: await this.confirmed(claim), isTakeover: false };
    }
    // Where nothing is noted, as before an update, a copy has come first.
    const isFirst = recorded === null && !this.wasRefused && (!before || !before.isOriginal);
    // Two originals would take the indexes from each other for ever.
    const goesFirst = isFirst ? before !== undefined : recorded === here && !before?.isOriginal;
    const last = goesFirst ? told : await this.watched(engine, here, { told, isStopped });
    if (isFirst && !isStopped()) await place.record(here);
    const claim = { home: here, count: (before?.count ?? 0) + 1, since: Date.now() };
    const isOriginal = isFirst || recorded === here;
    return { told: last, claim: { ...claim, isOriginal }, isTakeover: Boolean(before) };
  }

  /** Returns a claim as it is by now: after a week in one place, a database counts as the original. */
  async confirmed(claim: Claim): Promise<Claim> {
    if (claim.isOriginal || Date.now() - claim.since <= SETTLED_MS) return claim;
    await this.place.record(claim.home);
    return { ...claim, isOriginal: true };
  }

  /** Whether somebody with another database has claimed the indexes since. */
  async isTaken(engine: SharedEngine, own: Claim): Promise<boolean> {
    const told = await engine.readState();
    const claim = told ? stateOf(told.state).claim : undefined;
    if (!claim || claim.home === own.home || claim.count < own.count) return false;
    // Both at once: one of them has to give in.
    const isFirst = own.isOriginal === claim.isOriginal ? own.home > claim.home : own.isOriginal;
    return claim.count > own.count || !isFirst;
  }

  /** @throws OtherSite if the indexes are another database's, or somebody writes to them, an instance of this site included. */
  async checkUnused(engine: SharedEngine, database: string): Promise<void> {
    const told = await engine.readState();
    if (!told) return;
    const { claim, isEnd } = stateOf(told.state);
    const isOthers = claim && claim.home !== (await this.place.here());
    if (isOthers || isOfAnotherSite(told.state, database)) throw new OtherSite();
    if (!isEnd) await this.watched(engine, null, { told, isStopped: () => false }, TOLD_MS);
  }

  /** Waits until somebody would have told again. */
  private async watched(
    engine: SharedEngine,
    here: string | null,
    { told, isStopped }: { told: Told; isStopped: () => boolean },
    milliseconds = WATCH_MS,
  ): Promise<Told> {
    let last = told;
    const end = performance.now() + milliseconds;
    while (performance.now() < end && !isStopped()) {
      await setTimeout(LOOK_MS);
      const next = await engine.readState();
      if (next && isNews(next.state, last?.state) && stateOf(next.state).claim?.home !== here) {
        this.wasRefused = true;
        throw new OtherSite();
      }
      last = next;
    }
    return last;
  }
}

const isNews = (state: SharedState, last: SharedState | undefined): boolean =>
  !last || stateOf(state).at !== stateOf(last).at;
