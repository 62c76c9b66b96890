import type { RelatedType } from '../../config/resolve';
import { collectionOf } from '../../content/mapper';
import type { Collection, Engine, Suggestion } from '../../engine/engine';
import { Turns } from '../../engine/steps';
import type { IndexWriter } from '../../indexing/index-writer';
import type { SiteOptions } from '../../settings/site-options';
import type { ServedLists } from '../served-lists';
import type { Watch, Watches } from '../watches';
import type { SurveyedList } from './survey';

/** How many lists are requested at once. */
const BATCH = 10;
/** The share of the time that it may take: requests come first. */
const SHARE = 0.5;
/** When all lists are made again instead of updated: updates find nearly all changes, but what they miss adds up. */
const AGAIN_MS = 10 * 60_000;
const AGAIN_FACTOR = 30;
/** How long lists are still followed after somebody last asked for them, in milliseconds. */
const FOLLOWED_MS = 30 * 60_000;

export interface SurveyMakerOptions {
  engine: Engine;
  served: ServedLists;
  options: SiteOptions;
  /** Finds the lists that writes change, and reports writes; `null` if the index is elsewhere. */
  watched: { watches: Watches; writer: IndexWriter } | null;
  isStopped(): boolean;
}

type Lists = Map<string, SurveyedList>;

interface MadeLists {
  lists: Lists;
  /** Whether the next update will be quick: not if too much was written to tell which lists it changes. */
  isMendable: boolean;
}

type OnProgress = (share: number) => Promise<void>;

/** What is known of one collection's lists. */
interface Followed {
  lists: Lists;
  /** When all of them were last made, on the clock of `performance`, and how long that took. */
  madeAt: number;
  took: number;
}

/** Makes all lists of a collection, or only those that writes have changed since. */
export class SurveyMaker {
  private readonly followed = new Map<string, Followed>();
  private unfollow: (() => void) | null = null;
  private askedAt = 0;
  /** The version of the settings that lists were made with. */
  private settingsAt = 0;

  constructor(private readonly maker: SurveyMakerOptions) {}

  /** @returns `null` if it was stopped early. */
  async lists(
    type: RelatedType,
    locale: string | null,
    ignoredRelations: ReadonlySet<string>,
    onProgress: OnProgress,
  ): Promise<MadeLists | null> {
    const { watched } = this.maker;
    if (!watched || ignoredRelations.size > 0) {
      const lists = await this.all(type, locale, ignoredRelations, onProgress);
      return lists && { lists, isMendable: false };
    }
    this.follow();
    const collection = collectionOf(type, locale);
    const watch = watched.watches.of(collection);
    if (!watch) return { lists: new Map(), isMendable: true };
    await watched.watches.noteDecided();
    const followed = this.followedOf(collection);
    let isMendable = true;
    if (watch.lists.isComplete && watch.lists.isPending) {
      const { isPartial } = await watch.lists.takeChanged();
      if (isPartial) {
        watch.lists.isComplete = false;
        isMendable = false;
      }
    }
    const { madeAt, took } = followed;
    const isDue = performance.now() - madeAt > Math.max(AGAIN_MS, AGAIN_FACTOR * took);
    const isMade = watch.lists.isComplete && !isDue;
    if (!isMade && !(await this.learn(watch, collection, onProgress))) return null;
    const present = new Set(await this.maker.engine.documentIds(collection));
    for (const id of followed.lists.keys()) if (!present.has(id)) followed.lists.delete(id);
    return { lists: new Map(followed.lists), isMendable };
  }

  /** Called with each list that the watches make. */
  note(collection: Collection, documentId: string, list: readonly Suggestion[]): void {
    this.followedOf(collection).lists.set(documentId, this.surveyed(collection.type, list));
  }

  /** Makes all lists and keeps them in the watch; returns whether it finished. */
  private async learn(
    { lists }: Watch,
    collection: Collection,
    onProgress: OnProgress,
  ): Promise<boolean> {
    const started = performance.now();
    const { settingsAt } = this;
    const ids = [...(await this.maker.engine.documentIds(collection))];
    for (let start = 0; start < ids.length; start += BATCH) {
      if (this.maker.isStopped() || this.maker.options.version !== settingsAt) return false;
      await lists.learn(ids.slice(start, start + BATCH));
      await onProgress(Math.min(1, (start + BATCH) / ids.length));
    }
    lists.isComplete = true;
    const now = performance.now();
    Object.assign(this.followedOf(collection), { madeAt: now, took: now - started });
    return true;
  }

  private async all(
    type: RelatedType,
    locale: string | null,
    ignoredRelations: ReadonlySet<string>,
    onProgress: OnProgress,
  ): Promise<Lists | null> {
    const { engine, served, isStopped } = this.maker;
    const ids = [...(await engine.documentIds(collectionOf(type, locale)))];
    const lists: Lists = new Map();
    const turns = new Turns(SHARE);
    for (let start = 0; start < ids.length; start += BATCH) {
      await turns.give();
      if (isStopped()) return null;
      const part = ids.slice(start, start + BATCH);
      const found = await served.of(type, locale, part, ignoredRelations);
      for (const [id, list] of found) lists.set(id, this.surveyed(type.uid, list));
      await onProgress((start + part.length) / ids.length);
    }
    return lists;
  }

  private surveyed(uid: string, list: readonly Suggestion[]): SurveyedList {
    const shown = list.slice(0, this.maker.options.of(uid).limit);
    return {
      documentIds: shown.map(({ documentId }) => documentId),
      best: Math.max(0, ...shown.map(({ score }) => score)),
      copies: shown.flatMap(({ documentId, copies = [] }) =>
        copies.map((copy) => [documentId, copy.documentId] as const),
      ),
    };
  }

  /** Follows writes from now on, as long as somebody looks. If the settings have changed, makes everything again. */
  private follow(): void {
    const { watched, options } = this.maker;
    if (!watched) return;
    this.askedAt = performance.now();
    if (this.unfollow && this.settingsAt === options.version) return;
    this.settingsAt = options.version;
    this.forget();
    this.unfollow = watched.writer.followWrites((collection, write) => {
      if (performance.now() - this.askedAt > FOLLOWED_MS) this.forget();
      else watched.watches.note(collection, write);
    });
  }

  private forget(): void {
    this.unfollow?.();
    this.unfollow = null;
    this.followed.clear();
    this.maker.watched?.watches.reset();
  }

  private followedOf(collection: Collection): Followed {
    const key = JSON.stringify(collection);
    const known = this.followed.get(key) ?? { lists: new Map(), madeAt: -Infinity, took: 0 };
    this.followed.set(key, known);
    return known;
  }
}
