import type { Lease } from '../../changes/lease';
import type { Problems } from '../../changes/problems';
import type { SharedEngine } from '../../engine/engine';
import type { IndexKeeping } from './index-keeping';
import { OtherSite } from './other-writers';

/** How often the lease is renewed, in milliseconds. */
const RENEW_MS = 2000;
/** How long before the lease expires no more work is begun, in milliseconds. */
const MARGIN_MS = 2000;
const FAILURE = 'the shared index cannot be kept up to date';

export interface KeeperOptions {
  lease: Lease;
  /** How long the lease lasts without being renewed, in milliseconds. */
  leaseMs: number;
  engine: SharedEngine;
  /** Creates what keeps the index while this process holds the lease. */
  create: (isHeld: () => boolean) => IndexKeeping;
  problems: Problems;
}

/** Holds the lease for writing to the shared index, or waits for it: one instance at a time keeps the index for all. */
export class IndexKeeper {
  private keeping: IndexKeeping | null = null;
  /** What is being started, or was aborted and is still ending. */
  private starting: { keeping: IndexKeeping; done: Promise<void> } | null = null;
  private timer: NodeJS.Timeout | null = null;
  private ticking: Promise<void> | null = null;
  private heldAt = -Infinity;
  private stopped = false;

  constructor(private readonly options: KeeperOptions) {}

  start(): void {
    this.timer = setInterval(() => void this.tick(), RENEW_MS);
    this.timer.unref();
    void this.tick();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearInterval(this.timer);
    this.starting?.keeping.abort();
    await this.ticking;
    await this.starting?.done;
    await this.end(true);
    await this.options.lease.release().catch(() => undefined);
  }

  /** What keeps the index in this process; `null` while another process does. */
  get current(): IndexKeeping | null {
    return this.keeping;
  }

  private tick(): Promise<void> {
    this.ticking ??= this.hold().finally(() => {
      this.ticking = null;
    });
    return this.ticking;
  }

  private async hold(): Promise<void> {
    if (this.stopped) return;
    const { lease, leaseMs } = this.options;
    const asked = performance.now();
    try {
      if (await lease.hold()) this.heldAt = asked;
      else this.heldAt = -Infinity;
    } catch {
      // The database is away; the lease holds until it has expired.
    }
    if (this.stopped) return;
    const isHeld = performance.now() - this.heldAt < leaseMs;
    if (!isHeld) {
      this.starting?.keeping.abort();
      // Whoever holds the lease tells of it.
      this.options.problems.resolve(FAILURE);
      return this.end();
    }
    if (this.keeping?.isLost) await this.end();
    if (!this.keeping && !this.starting) this.begin();
  }

  /** Starts to keep the index. The lease is renewed meanwhile, because the start may take long. */
  private begin(): void {
    const { leaseMs, create, problems, engine } = this.options;
    const keeping = create(() => performance.now() - this.heldAt < leaseMs - MARGIN_MS);
    const release = async () => {
      await keeping.stop();
      engine.release();
    };
    const start = async () => {
      try {
        await keeping.start();
        if (keeping.wasAborted) await release();
        else this.keeping = keeping;
        problems.resolve(FAILURE);
      } catch (error) {
        problems.raise(FAILURE, error as Error);
        // A copy that leaves the indexes to another site has written nothing, and goes on reading them.
        if (error instanceof OtherSite) await keeping.stop();
        else await release();
      }
      this.starting = null;
    };
    this.starting = { keeping, done: start() };
  }

  private async end(publishes = false): Promise<void> {
    const { keeping } = this;
    if (!keeping) return;
    this.keeping = null;
    await keeping.stop(publishes);
    this.options.engine.release();
  }
}
