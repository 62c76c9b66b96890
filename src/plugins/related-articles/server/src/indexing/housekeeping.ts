import type { ChangeFeed } from '../changes/change-feed';
import type { ChangeLog } from '../changes/change-log';
import type { Heartbeats, Instance } from '../changes/heartbeats';
import type { Problems } from '../changes/problems';
import type { SyncConfig } from '../config/schema';
import { asError } from '../content/as-error';
import { isLocked } from '../content/statement-limits';
import { withinTime } from '../content/within-time';
import type { CurationMaintenance } from '../curations/curation-maintenance';

const HEARTBEAT_MS = 10_000;
const TRIM_MS = 60_000;
/** How often deleted documents are looked for, in milliseconds: twice in the time that their curations outlive them. */
const MAX_SWEEP_MS = 30_000;
const MIN_SWEEP_MS = 1000;
const MINUTE_MS = 60_000;
/** How long to wait for a piece of work, in milliseconds: its connection may be cut, and everything else would wait. */
const PATIENCE_MS = 2 * MINUTE_MS;
export const SWEEP_FAILURE = 'pins, exclusions and rules cannot be cleaned up';
const HEARTBEAT_FAILURE = 'this instance cannot tell the others how far it is';

export interface HousekeepingOptions {
  config: SyncConfig;
  log: ChangeLog;
  feed: ChangeFeed;
  heartbeats: Heartbeats;
  maintenance: CurationMaintenance;
  problems: Problems;
  /** Ends whatever else is due. */
  alsoSweep(): Promise<void>;
  /** A row of the log that is still needed, even if everybody has read it; `null` for none. */
  needed?: () => number | null;
}

/** The regular work of every process: tells how far it is, trims the log, and cleans up after deleted documents. */
export class Housekeeping {
  private readonly timers: NodeJS.Timeout[] = [];
  private last: Promise<void> = Promise.resolve();
  private stopped = false;
  private hasSwept = true;

  constructor(private readonly options: HousekeepingOptions) {}

  /** Starts the work. Resolves when the others know of this process. */
  async start(): Promise<void> {
    const beat = async () => {
      await this.beat();
      if (!this.hasSwept) await this.sweep();
    };
    this.every(HEARTBEAT_MS, beat);
    this.every(TRIM_MS, () => this.trim());
    const half = (this.options.config.curationRetention * MINUTE_MS) / 2;
    this.every(Math.min(MAX_SWEEP_MS, half + MIN_SWEEP_MS), () => this.sweep());
    await this.keep(beat);
  }

  /** Stops the work. Resolves when none is under way any more. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers) clearInterval(timer);
    await this.last;
  }

  async leave(): Promise<void> {
    await this.options.heartbeats.leave().catch(() => undefined);
  }

  async beat(): Promise<void> {
    await this.options.heartbeats.send(this.options.feed.position);
  }

  async trim(): Promise<void> {
    const { heartbeats, log, feed, config, needed } = this.options;
    const positions = (await heartbeats.live()).map(({ position }) => position);
    const below = Math.min(feed.position, needed?.() ?? Infinity, ...positions);
    await log.trim(below, config.retention * MINUTE_MS);
    await heartbeats.forgetOld();
  }

  async sweep(retentionMs?: number): Promise<void> {
    const { maintenance, alsoSweep, problems, feed } = this.options;
    let isDone = false;
    const sweeping = maintenance.sweep(retentionMs).then((done) => void (isDone = done));
    const first = await tried(sweeping);
    // What comes next would wait for SQLite's file in this process.
    const second = isLocked(first) ? null : await tried(alsoSweep());
    const error = first ?? second;
    if (error) problems.raise(SWEEP_FAILURE, error);
    else problems.resolve(SWEEP_FAILURE);
    this.hasSwept = isDone && !error;
    feed.wake();
  }

  /** The processes that follow the log, and the rows in it. */
  async instances(): Promise<{ instances: Instance[]; own: string; rows: number }> {
    const { heartbeats, log } = this.options;
    const [instances, rows] = await Promise.all([heartbeats.live(), log.size()]);
    return { instances, own: heartbeats.own, rows };
  }

  private every(ms: number, work: () => Promise<unknown>): void {
    let isWaiting = false;
    const timer = setInterval(() => {
      // While the database does not answer, work would pile up.
      if (isWaiting) return;
      isWaiting = true;
      void this.keep(work).then(() => (isWaiting = false));
    }, ms);
    timer.unref();
    this.timers.push(timer);
  }

  /** Runs one task at a time; a failure is reported and retried next time. */
  private keep(work: () => Promise<unknown>): Promise<void> {
    const { problems } = this.options;
    this.last = this.last
      .then(() => (this.stopped ? undefined : withinTime(work(), PATIENCE_MS, giveUp)))
      .then(
        () => problems.resolve(HEARTBEAT_FAILURE),
        (error) => problems.raise(HEARTBEAT_FAILURE, error as Error),
      );
    return this.last;
  }
}

function giveUp(): never {
  throw new Error(`it has been running for ${PATIENCE_MS / MINUTE_MS} minutes`);
}

/** Returns what went wrong; `null` if nothing did. So a failure does not hold up other work. */
const tried = (work: Promise<void>): Promise<Error | null> => work.then(() => null, asError);
