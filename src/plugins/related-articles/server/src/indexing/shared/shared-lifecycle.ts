import type { Core } from '@strapi/strapi';

import type { ChangeFeed } from '../../changes/change-feed';
import type { ChangeLog } from '../../changes/change-log';
import type { Problems } from '../../changes/problems';
import type { Reconciler, Reconciliation } from '../../changes/reconciler';
import type { RelatedType } from '../../config/resolve';
import type { DocumentReader } from '../../content/document-reader';
import type { RowReader } from '../../content/row-reader';
import { CURATION } from '../../curations/curation';
import type { CurationMaintenance } from '../../curations/curation-maintenance';
import type { SharedEngine, SharedState } from '../../engine/engine';
import { SWEEP_FAILURE, type Housekeeping } from '../housekeeping';
import type { IndexService, IndexStatus, Progress, SyncHealth } from '../index-service';
import type { IndexKeeper } from './index-keeper';
import { cursorOf, stateOf } from './shared-state';

/** How often it is asked how far the index is, in milliseconds: all the time, and while somebody waits. */
const POLL_MS = 1000;
const WAIT_MS = 50;
/** How long a request waits for the index to be in step, in milliseconds. */
const MOMENT_MS = 100;
const UNREACHABLE = 'the search cluster does not answer';

export interface SharedLifecycleOptions {
  types: ReadonlyMap<string, RelatedType>;
  engine: SharedEngine;
  /** Closes the connections to the cluster. */
  close(): Promise<void>;
  reader: RowReader;
  documents: DocumentReader;
  log: ChangeLog;
  /** Follows the log for everything but the index. */
  feed: ChangeFeed;
  reconciler: Reconciler;
  keeper: IndexKeeper;
  housekeeping: Housekeeping;
  maintenance: CurationMaintenance;
  problems: Problems;
  logger: Core.Strapi['log'];
}

/** Starts and stops this process's part in an index that all instances share: whoever holds the lease keeps it for all. */
export class SharedLifecycle implements IndexService {
  private state: SharedState | null = null;
  private inStepAt = performance.now();
  private timer: NodeJS.Timeout | null = null;
  private polling: Promise<void> | null = null;
  private failures = 0;
  private stopping: Promise<void> | null = null;

  constructor(private readonly options: SharedLifecycleOptions) {}

  async start(): Promise<void> {
    const { types, log, documents, maintenance, feed, reconciler, keeper, housekeeping, problems, logger } = this.options; // prettier-ignore
    if (types.size === 0) {
      logger.warn(
        'related-articles: no content type is configured, so there is nothing to suggest. See config/plugins, key contentTypes.',
      );
      return;
    }
    try {
      await log.open();
    } catch (error) {
      problems.raise('the change log cannot be made', error as Error);
    }
    await documents.open().catch((error) => {
      logger.warn(
        `related-articles: the list of texts that could not be read before is not available: ${(error as Error).message}`,
      );
    });
    try {
      await maintenance.followLocalization();
    } catch (error) {
      problems.raise(SWEEP_FAILURE, error as Error);
    }
    // What this process wrote need not wait until the log is read the next time.
    feed.onInStep = () => keeper.current?.wake(feed.position);
    feed.start(null);
    reconciler.start();
    keeper.start();
    this.timer = setInterval(() => void this.poll(), POLL_MS);
    this.timer.unref();
    void this.poll();
    void housekeeping.start();
  }

  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    const { types, feed, reconciler, keeper, housekeeping } = this.options;
    if (types.size === 0) return;
    if (this.timer) clearInterval(this.timer);
    await keeper.stop();
    await Promise.all([feed.stop(), reconciler.stop(), housekeeping.stop(), this.polling]);
    await housekeeping.leave();
    await this.options.close().catch(() => undefined);
  }

  async idle(): Promise<void> {
    if (this.options.types.size === 0) return;
    const { feed, keeper, engine } = this.options;
    await feed.idle();
    while (!this.stopping) {
      // The one that keeps the index settles at once when somebody waits.
      await keeper.current?.idle();
      await this.poll();
      if (await this.hasEverything()) break;
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    }
    await engine.refresh().catch(() => undefined);
  }

  async isInStep(): Promise<boolean> {
    const { feed, types, keeper } = this.options;
    if (types.size === 0 || !this.progress().ready || !(await feed.isInStep())) return false;
    await this.poll();
    if (await this.hasEverything()) return true;
    // Most often, all that is new concerns no list, and is read in a moment.
    if (!keeper.current) return false;
    await Promise.race([keeper.current.idle(), new Promise((go) => setTimeout(go, MOMENT_MS))]);
    await this.poll();
    return this.hasEverything();
  }

  private async hasEverything(): Promise<boolean> {
    const { engine, log } = this.options;
    const cursor = cursorOf(this.state);
    return cursor !== null && engine.isSettled && !(await log.hasNews(cursor).catch(() => true));
  }

  get revision(): string {
    return this.options.engine.revision;
  }

  /** Whether this process keeps the index for all. */
  get isKeeper(): boolean {
    return this.options.keeper.current !== null;
  }

  /** The last row of the log that is in the index. */
  get position(): number | null {
    return cursorOf(this.state)?.id ?? null;
  }

  progress(): Progress {
    const { feed, keeper } = this.options;
    const details = this.state && stateOf(this.state);
    return {
      ready: feed.applied !== null && (details?.isReady ?? false),
      indexed: details?.indexed ?? 0,
      total: details?.total ?? 0,
      updatedAt: details?.updatedAt ?? null,
      pending: feed.pending + (keeper.current?.indexer.pendingChanges ?? 0),
      lag: (performance.now() - this.inStepAt) / 1000,
    };
  }

  health(): SyncHealth {
    const { problems, keeper, reconciler } = this.options;
    const own = keeper.current?.reconciler;
    return {
      progress: this.progress(),
      from: null,
      troubles: problems.list(),
      lastCheck: (own ?? reconciler).last,
      lastDeepCheck: (own ?? reconciler).lastDeep,
      differences: (own?.differences ?? 0) + reconciler.differences,
      snapshot: null,
    };
  }

  async status(): Promise<IndexStatus> {
    const { types, reader, engine, housekeeping } = this.options;
    const described = [...types.values()].map(async (type) => ({
      uid: type.uid,
      locales: await reader.countByLocale(type),
      lastWrite: await reader.lastWrite(type),
    }));
    return {
      health: this.health(),
      sync: await housekeeping.instances(),
      stats: await engine.stats(),
      types: await Promise.all(described),
    };
  }

  /** The index is compared by the instance that keeps it; the others compare what they hold themselves. */
  async check(kind: 'quick' | 'deep'): Promise<Reconciliation> {
    const { keeper, reconciler } = this.options;
    const own = await (kind === 'quick' ? reconciler.quick() : reconciler.deep());
    const kept = await keeper.current?.check(kind);
    if (!kept) return own;
    const compared = own.compared + kept.compared;
    return { ...kept, compared, differences: own.differences + kept.differences };
  }

  async reindex(): Promise<void> {
    const { types, log, feed, keeper } = this.options;
    for (const uid of [...types.keys(), CURATION.uid]) await log.append({ kind: 'type', uid });
    feed.wake();
    keeper.current?.feed.wake();
  }

  async save(): Promise<void> {
    await this.idle();
  }

  trim(): Promise<void> {
    return this.options.housekeeping.trim();
  }

  sweep(retentionMs?: number): Promise<void> {
    return this.options.housekeeping.sweep(retentionMs);
  }

  beat(): Promise<void> {
    return this.options.housekeeping.beat();
  }

  /** Asks how far the index is. */
  private poll(): Promise<void> {
    this.polling ??= this.ask().finally(() => {
      this.polling = null;
    });
    return this.polling;
  }

  private async ask(): Promise<void> {
    const { engine, problems } = this.options;
    const asked = performance.now();
    try {
      this.state = await engine.readState();
      await engine.refresh();
      problems.resolve(UNREACHABLE);
      this.failures = 0;
      const cursor = cursorOf(this.state);
      if (cursor && !(await this.options.log.hasNews(cursor))) this.inStepAt = asked;
    } catch (error) {
      // A shard that is just being made fails once.
      this.failures += 1;
      if (this.failures > 1) problems.raise(UNREACHABLE, error as Error);
    }
  }
}
