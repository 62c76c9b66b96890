import path from 'node:path';
import type { Core } from '@strapi/strapi';

import { ChangeFeed } from '../changes/change-feed';
import type { ChangeLog } from '../changes/change-log';
import type { ChangeConsumer } from '../changes/consumer';
import type { Heartbeats } from '../changes/heartbeats';
import { Home } from '../changes/home';
import { Lease } from '../changes/lease';
import type { Problems } from '../changes/problems';
import { Reconciler } from '../changes/reconciler';
import type { RelatedType } from '../config/resolve';
import type { ValidatedConfig } from '../config/schema';
import type { Dependencies } from '../content/dependencies';
import type { DocumentReader } from '../content/document-reader';
import type { RowReader } from '../content/row-reader';
import type { CurationMaintenance } from '../curations/curation-maintenance';
import { isSharedEngine, isSnapshotEngine, type Engine, type SharedEngine } from '../engine/engine';
import { Housekeeping } from './housekeeping';
import type { IndexService } from './index-service';
import { IndexWriter } from './index-writer';
import { Indexer } from './indexer';
import { IndexLifecycle } from './lifecycle';
import { OwnManifest } from './own-manifest';
import { Queue } from './queue';
import { IndexKeeper } from './shared/index-keeper';
import { IndexKeeping } from './shared/index-keeping';
import { leaseOf } from './shared/lease-name';
import { OtherWriters } from './shared/other-writers';
import { SharedLifecycle } from './shared/shared-lifecycle';
import { SnapshotFile } from './snapshot/snapshot-file';
import { Snapshots } from './snapshot/snapshots';
import { snapshotKey } from './snapshot/snapshot-key';

const MINUTE_MS = 60_000;
/** How long nobody writes to the shared index after a crash, in milliseconds. */
const LEASE_MS = 15_000;

export interface IndexOptions {
  strapi: Core.Strapi;
  config: ValidatedConfig;
  types: ReadonlyMap<string, RelatedType>;
  engine: Engine;
  /** Closes what the engine has open. */
  close(): Promise<void>;
  reader: RowReader;
  documents: DocumentReader;
  dependencies: Dependencies;
  log: ChangeLog;
  heartbeats: Heartbeats;
  maintenance: CurationMaintenance;
  /** Ends whatever else is due, once in a while. */
  alsoSweep(): Promise<void>;
  /** What else follows the log. */
  consumers: readonly ChangeConsumer[];
  /** The version of the plugin. */
  version: string;
  problems: Problems;
}

/** The index of this process, or its part in one that all share. */
export interface CreatedIndex {
  index: IndexService;
  /** Follows the log. */
  feed: ChangeFeed;
  /** What writes to this process's own index; `null` for a shared one. */
  own: { writer: IndexWriter; lifecycle: IndexLifecycle } | null;
}

/** Creates and connects what keeps the index in step, without starting it. */
export function createIndex(options: IndexOptions): CreatedIndex {
  const { engine } = options;
  return isSharedEngine(engine) ? sharedIndex(options, engine) : ownIndex(options);
}

function ownIndex(options: IndexOptions): CreatedIndex {
  const { strapi, config, types, engine, reader, documents, dependencies, log, problems, version } =
    options;
  const { log: logger } = strapi;
  const manifest = new OwnManifest();
  const writer = new IndexWriter({ engine, documents, manifest, logger });
  const queue = new Queue(types, dependencies);
  const indexer = new Indexer({ types, reader, writer, queue, problems, logger });
  // Curations come before the pages of a scan: they are few and quick, and editors wait for them.
  const following = followingOf(options, [...options.consumers, indexer]);
  const { snapshotDirectory } = config.sync;
  const snapshots =
    snapshotDirectory !== false && isSnapshotEngine(engine)
      ? new Snapshots({
          file: new SnapshotFile(
            path.resolve(strapi.dirs.app.root, snapshotDirectory),
            snapshotKey(strapi),
          ),
          engine,
          writer,
          manifest,
          log,
          retentionMs: config.sync.retention * MINUTE_MS,
          types,
          version,
          problems,
          logger,
        })
      : null;
  const lifecycle = new IndexLifecycle({
    ...options,
    ...following,
    config: config.sync,
    indexer,
    snapshots,
    housekeeping: new Housekeeping({ ...options, ...following, config: config.sync }),
    logger,
  });
  return { index: lifecycle, feed: following.feed, own: { writer, lifecycle } };
}

function sharedIndex(options: IndexOptions, engine: SharedEngine): CreatedIndex {
  const { strapi, config, heartbeats, problems } = options;
  const { log: logger } = strapi;
  const following = followingOf(options, options.consumers);
  const lease = new Lease({
    db: strapi.db,
    name: leaseOf(config),
    holder: heartbeats.own,
    durationMs: LEASE_MS,
  });
  const others = new OtherWriters(new Home(strapi.db, leaseOf(config)));
  const keeper = new IndexKeeper({
    lease,
    leaseMs: LEASE_MS,
    engine,
    create: (isHeld) =>
      new IndexKeeping({
        ...options,
        engine,
        isHeld,
        others,
        wasWatched: () => index.wasWatched,
        config: config.sync,
        logger,
      }),
    problems,
  });
  const index: SharedLifecycle = new SharedLifecycle({
    ...options,
    ...following,
    engine,
    keeper,
    housekeeping: new Housekeeping({
      ...options,
      ...following,
      config: config.sync,
      needed: () => index.position,
    }),
    logger,
  });
  return { index, feed: following.feed, own: null };
}

function followingOf(
  { strapi, config: { sync }, log, problems }: IndexOptions,
  consumers: readonly ChangeConsumer[],
): { feed: ChangeFeed; reconciler: Reconciler } {
  const { log: logger } = strapi;
  const feed = new ChangeFeed({
    log,
    consumers,
    problems,
    logger,
    pollMs: sync.pollInterval * 1000,
    retentionMs: sync.retention * MINUTE_MS,
  });
  const reconciler = new Reconciler({
    feed,
    consumers,
    problems,
    logger,
    intervalMs: sync.checkInterval * 1000,
    deepAt: sync.deepCheck,
  });
  return { feed, reconciler };
}
