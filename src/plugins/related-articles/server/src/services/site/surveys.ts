import type { ChangeLog } from '../../changes/change-log';
import type { Lease } from '../../changes/lease';
import type { Problems } from '../../changes/problems';
import type { RelatedType } from '../../config/resolve';
import { collectionOf } from '../../content/mapper';
import { isLinkEngine, type Collection, type Engine } from '../../engine/engine';
import { restsOn } from '../rests-on';
import type { Survey } from './survey';
import type { SurveyMaker } from './survey-maker';
import type { LogPlace, SurveyStore } from './survey-store';

/** After making all lists, the next survey of them waits at least this many times as long as that took. */
const PAUSE_FACTOR = 2;
const MIN_PAUSE_MS = 1000;
/** How soon to check again what another process has made. */
const LOOK_MS = 1500;
/** How often the lease is renewed and other processes are told about the progress. */
const NOTE_MS = 2000;
/** Collections with more documents get no survey: it would take minutes, or hours if lists are made elsewhere. */
const MAX_DOCUMENTS = { process: 100_000, shared: 20_000 };
/** How many surveys are kept, of all collections: editors who may see other relations get lists of their own. */
const MAX_KEPT = 100;
/** More are kept while somebody asks for all of them, in milliseconds since the last time. */
const ASKED_MS = 60_000;
const MOST_KEPT = 2000;

const FAILURE = 'the lists of all entries cannot be checked';

export interface SurveyState {
  /** The last one that is complete; `null` before there is any. */
  survey: Survey | null;
  /** How much of the next one is made, 0 to 1; `null` if the last one is up to date. */
  progress: number | null;
  /** Whether there are too many documents for a survey. */
  isTooLarge: boolean;
}

interface Kept extends SurveyState {
  name: string;
  type: RelatedType;
  locale: string | null;
  ignoredRelations: ReadonlySet<string>;
  /** The revision that the lists were made at, as this process knows it. */
  revision: string;
  /** The version of the stored survey that this one is; 0 for none. */
  version: number;
  dueAt: number;
  /** When somebody last asked for it, as `performance.now()`. */
  askedAt: number;
  making: Promise<void> | null;
}

export interface SurveysOptions {
  engine: Engine;
  maker: SurveyMaker;
  store: SurveyStore;
  log: ChangeLog;
  /** One process makes them for all. */
  lease: Lease;
  /** Changes whenever a list may have changed. */
  revision(): string;
  /** A fingerprint of the configuration that lists are made with. */
  madeWith(uid: string): string;
  /** How much of the change log the lists include; `null` while they lack something that was committed. */
  place(): Promise<LogPlace | null>;
  isStopped(): boolean;
  problems: Problems;
}

/**
 * Surveys of all lists, made in the background when somebody asks for them and updated when lists may have changed.
 * Nobody waits for one: requests get the last one and the progress of the next. All processes share what every editor
 * may see.
 */
export class Surveys {
  private readonly kept = new Map<string, Kept>();
  /** Makes only one survey at a time. */
  private queue: Promise<void> = Promise.resolve();
  private hasMade = false;

  constructor(private readonly options: SurveysOptions) {}

  /** @param ignoredRelations Relations that count for nothing. */
  of(type: RelatedType, locale: string | null, ignoredRelations: ReadonlySet<string>): SurveyState {
    const kept = this.keptOf(type, locale, ignoredRelations);
    const isOld = kept.revision !== this.options.revision();
    if (isOld && !kept.making && performance.now() >= kept.dueAt) {
      kept.progress ??= 0;
      kept.making = this.queue
        .then(() => this.update(kept))
        .finally(() => {
          kept.making = null;
        });
      this.queue = kept.making.then(
        () => this.options.problems.resolve(FAILURE),
        (error: Error) => {
          kept.dueAt = performance.now() + LOOK_MS;
          this.options.problems.raise(FAILURE, error);
        },
      );
    }
    const { survey, isTooLarge } = kept;
    return { survey, progress: isOld && !isTooLarge ? (kept.progress ?? 0) : null, isTooLarge };
  }

  /** Lets another process make them at once. */
  stop(): void {
    if (this.hasMade) this.options.lease.release().catch(() => undefined);
  }

  private keptOf(
    type: RelatedType,
    locale: string | null,
    ignoredRelations: ReadonlySet<string>,
  ): Kept {
    const name = JSON.stringify([type.uid, locale, [...ignoredRelations].sort()]);
    const kept = this.kept.get(name) ?? {
      name,
      type,
      locale,
      ignoredRelations,
      survey: null,
      progress: null,
      isTooLarge: false,
      revision: '',
      version: 0,
      dueAt: 0,
      askedAt: 0,
      making: null,
    };
    kept.askedAt = performance.now();
    this.kept.delete(name);
    this.kept.set(name, kept);
    for (const [oldest, { making, askedAt }] of this.kept) {
      const isAsked = kept.askedAt - askedAt < ASKED_MS;
      if (this.kept.size <= (isAsked ? MOST_KEPT : MAX_KEPT)) break;
      if (!making && oldest !== name) this.kept.delete(oldest);
    }
    return kept;
  }

  private async update(kept: Kept): Promise<void> {
    const { engine, lease, revision } = this.options;
    const asOf = revision();
    const size = await this.size(kept);
    kept.isTooLarge = size > MAX_DOCUMENTS[engine.storage];
    if (kept.isTooLarge) {
      Object.assign(kept, { survey: null, revision: asOf, progress: null });
      return;
    }
    const isShared = kept.ignoredRelations.size === 0;
    if (isShared && (await this.isTaken(kept, asOf))) return;
    if (isShared && !(await lease.hold())) {
      kept.dueAt = performance.now() + LOOK_MS;
      return;
    }
    await this.make(kept, asOf);
  }

  private async size({ type, locale }: Kept): Promise<number> {
    const collection = collectionOf(type, locale);
    const isThis = (one: Collection) => one.type === collection.type && one.locale === collection.locale; // prettier-ignore
    const { collections } = await this.options.engine.stats();
    return collections.find(isThis)?.documents ?? 0;
  }

  /** Takes the stored survey and returns whether it is up to date. */
  private async isTaken(kept: Kept, asOf: string): Promise<boolean> {
    const { store, log } = this.options;
    const header = await store.header(kept.name);
    if (!header || header.version === 0) {
      kept.progress = header?.progress ?? kept.progress;
      return false;
    }
    if (header.version !== kept.version) {
      const stored = await store.load(kept.name, this.options.madeWith(kept.type.uid));
      // Made with another configuration, as during a rolling update.
      if (!stored) return false;
      kept.survey = stored;
      kept.version = header.version;
    }
    kept.progress = header.progress ?? kept.progress;
    if (!header.place || !kept.survey) return false;
    const { position, missing } = header.place;
    if (await log.hasWritesSince(position, restsOn(kept.type), missing)) return false;
    Object.assign(kept, { revision: asOf, progress: null });
    return true;
  }

  private async make(kept: Kept, asOf: string): Promise<void> {
    const { engine, maker, store, lease, place, isStopped } = this.options;
    const started = performance.now();
    const { type, locale, ignoredRelations, name } = kept;
    this.hasMade = true;
    const isShared = ignoredRelations.size === 0;
    const before = await place();
    let noted = started;
    let isMendable = false;
    const onProgress = async (progress: number) => {
      kept.progress = progress;
      if (!isShared || performance.now() - noted < NOTE_MS) return;
      noted = performance.now();
      await lease.hold();
      await store.note(name, progress);
    };
    try {
      const made = await maker.lists(type, locale, ignoredRelations, onProgress);
      if (!made || isStopped()) return;
      const { lists } = made;
      isMendable = made.isMendable;
      const collection = collectionOf(type, locale);
      const deadLinks = isLinkEngine(engine) ? await engine.deadLinks(collection) : null;
      kept.survey = { lists, deadLinks, madeAt: Date.now() };
      kept.revision = asOf;
      const told = { place: before, madeWith: this.options.madeWith(type.uid) };
      if (isShared) kept.version = await store.save(name, kept.survey, told);
    } finally {
      kept.progress = null;
      const took = performance.now() - started;
      const pause = isMendable ? MIN_PAUSE_MS : PAUSE_FACTOR * took;
      kept.dueAt = performance.now() + Math.max(MIN_PAUSE_MS, pause);
    }
  }
}
