import type { Problems } from '../../changes/problems';
import type { RelatedType } from '../../config/resolve';
import { collectionOf } from '../../content/mapper';
import { isLinkEngine, type Collection, type Engine } from '../../engine/engine';
import { Turns } from '../../engine/steps';
import type { SiteOptions } from '../../settings/site-options';
import type { ServedLists } from '../served-lists';

/** Lists that are asked for at once. */
const BATCH = 10;
/** Which share of the time a survey may take: requests come first. */
const SHARE = 0.5;
/** After a survey, the next one of the same lists waits for at least so many times as long as it took. */
const PAUSE_FACTOR = 2;
const MIN_PAUSE_MS = 1000;
/** Collections of more documents are not looked through: that would take minutes, or hours where lists are made elsewhere. */
const MAX_DOCUMENTS = { process: 100_000, shared: 20_000 };
/** Editors who may see other relations get lists of their own. So many surveys are kept, of all collections. */
const MAX_KEPT = 100;

const FAILURE = 'the lists of all entries cannot be looked through';

/** One list, as far as readers see it. */
export interface SurveyedList {
  documentIds: readonly string[];
  /** The score of its best suggestion, 0 to 1; 0 for an empty one. */
  best: number;
  /** Copies of suggestions, which are left out because of them: two documents that say the same. */
  copies: readonly (readonly [string, string])[];
}

/** All lists of one content type in one locale, made one after the other. */
export interface Survey {
  lists: ReadonlyMap<string, SurveyedList>;
  /** Links that lead nowhere, by document; `null` where the engine cannot tell. */
  deadLinks: ReadonlyMap<string, readonly string[]> | null;
  /** When it was made, in milliseconds since 1970. */
  madeAt: number;
}

export interface SurveyState {
  /** The last one that is complete; `null` before there is any. */
  survey: Survey | null;
  /** How much of the next one is made, 0 to 1; `null` when the last one is still true. */
  progress: number | null;
  /** Whether there are too many documents to look through them. */
  isTooLarge: boolean;
}

interface Kept extends SurveyState {
  revision: string;
  dueAt: number;
  making: Promise<void> | null;
}

export interface SurveysOptions {
  options: SiteOptions;
  engine: Engine;
  served: ServedLists;
  /** Changes whenever a list may have changed. */
  revision(): string;
  isStopped(): boolean;
  problems: Problems;
}

/**
 * Figures over all lists: made in the background when somebody asks for them, and again when lists may have changed.
 * Nobody waits for one; requests get the last one and how far the next one is.
 */
export class Surveys {
  private readonly kept = new Map<string, Kept>();
  /** One at a time, whatever is asked for. */
  private queue: Promise<void> = Promise.resolve();

  constructor(private readonly options: SurveysOptions) {}

  /** @param ignoredRelations Relations that count for nothing. */
  of(type: RelatedType, locale: string | null, ignoredRelations: ReadonlySet<string>): SurveyState {
    const key = JSON.stringify([type.uid, locale, [...ignoredRelations].sort()]);
    const kept = this.kept.get(key) ?? { survey: null, progress: null, isTooLarge: false, revision: '', dueAt: 0, making: null }; // prettier-ignore
    this.kept.delete(key);
    this.kept.set(key, kept);
    for (const [oldest, { making }] of this.kept) {
      if (this.kept.size <= MAX_KEPT) break;
      if (!making && oldest !== key) this.kept.delete(oldest);
    }
    const isOld = kept.revision !== this.options.revision();
    if (isOld && !kept.making && performance.now() >= kept.dueAt) {
      kept.progress = 0;
      kept.making = this.queue
        .then(() => this.make(kept, type, locale, ignoredRelations))
        .finally(() => {
          kept.making = null;
        });
      this.queue = kept.making.then(
        () => this.options.problems.resolve(FAILURE),
        (error: Error) => this.options.problems.raise(FAILURE, error),
      );
    }
    const { survey, isTooLarge } = kept;
    return { survey, progress: isOld && !isTooLarge ? (kept.progress ?? 0) : null, isTooLarge };
  }

  private async make(
    kept: Kept,
    type: RelatedType,
    locale: string | null,
    ignoredRelations: ReadonlySet<string>,
  ): Promise<void> {
    const { engine, served, options, revision, isStopped } = this.options;
    const started = performance.now();
    const asOf = revision();
    const collection = collectionOf(type, locale);
    const { collections } = await engine.stats();
    const isThis = (one: Collection) => one.type === collection.type && one.locale === collection.locale; // prettier-ignore
    const size = collections.find(isThis)?.documents ?? 0;
    kept.isTooLarge = size > MAX_DOCUMENTS[engine.storage];
    if (kept.isTooLarge) Object.assign(kept, { survey: null, revision: asOf });
    const ids = kept.isTooLarge ? [] : [...(await engine.documentIds(collection))];
    const lists = new Map<string, SurveyedList>();
    const turns = new Turns(SHARE);
    try {
      if (kept.isTooLarge) return;
      for (let start = 0; start < ids.length; start += BATCH) {
        await turns.give();
        if (isStopped()) return;
        const part = ids.slice(start, start + BATCH);
        const found = await served.of(type, locale, part, ignoredRelations);
        for (const [id, list] of found) {
          const shown = list.slice(0, options.of(type.uid).limit);
          lists.set(id, {
            documentIds: shown.map(({ documentId }) => documentId),
            best: Math.max(0, ...shown.map(({ score }) => score)),
            copies: shown.flatMap(({ documentId, copies = [] }) =>
              copies.map((copy) => [documentId, copy.documentId] as const),
            ),
          });
        }
        kept.progress = (start + part.length) / ids.length;
      }
      const deadLinks = isLinkEngine(engine) ? await engine.deadLinks(collection) : null;
      kept.survey = { lists, deadLinks, madeAt: Date.now() };
      kept.revision = asOf;
    } finally {
      kept.progress = null;
      const took = performance.now() - started;
      kept.dueAt = performance.now() + Math.max(MIN_PAUSE_MS, PAUSE_FACTOR * took);
    }
  }
}
