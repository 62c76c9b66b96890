import type { RelatedType } from '../config/resolve';
import { asError } from '../content/as-error';
import { collectionOf } from '../content/mapper';
import type { RowReader } from '../content/row-reader';
import { pinsInList, sourceKey, sourceOf, toRow } from '../curations/curation';
import type { CurationCache } from '../curations/curation-cache';
import type {
  Collection,
  DocumentWrite,
  Query,
  Suggestion,
  WatchableEngine,
} from '../engine/engine';
import { SUGGESTION_CAP } from './suggestions';
import type { SiteOptions } from '../settings/site-options';
import { ListWatch } from './list-watch';

/** The share of the time that lists may take. */
const SHARE = 0.5;
/** How many lists are learnt before checking whether there is anything to report. */
const LEARNT = 50;
/** How many entries are looked for in picks at once. */
const PICKED = 200;

export interface WatchesOptions {
  options: SiteOptions;
  types: ReadonlyMap<string, RelatedType>;
  engine: WatchableEngine;
  curations: CurationCache;
  reader: Pick<RowReader, 'documentsOf'>;
  isStopped(): boolean;
  /** Called with each list that is made. */
  onMade?(collection: Collection, documentId: string, list: readonly Suggestion[]): void;
}

/** What was decided about a list. */
interface Decided {
  type: RelatedType;
  locale: string;
  documentId: string;
  /** Equal for equal decisions. */
  text: string;
  isHidden: boolean;
}

export interface Watch {
  type: RelatedType;
  lists: ListWatch;
}

/** The lists of all collections, as readers get them who may see all related entries. */
export class Watches {
  private readonly watches = new Map<string, Watch>();
  private decided: ReadonlyMap<string, Decided> = new Map();

  constructor(private readonly options: WatchesOptions) {}

  all(): Iterable<Watch> {
    return this.watches.values();
  }

  /** Forgets every list, and begins with what is decided now. */
  reset(): void {
    this.watches.clear();
    this.decided = this.decisions();
  }

  note(collection: Collection, write: DocumentWrite): void {
    const watch = this.of(collection);
    if (!watch) return;
    const { type, lists } = watch;
    lists.note(write);
    // No known list shows a pin to a document that did not exist yet.
    const written = sourceOf(type.uid, write.documentId, collection.locale);
    for (const { sourceId } of this.options.curations.pinningTo(written)) lists.ask(sourceId);
  }

  /**
   * Notes lists whose pins or exclusions changed, and documents that may no longer, or again, be suggested.
   *
   * @throws What a read threw, after noting everything that does not depend on it; call it again for the rest.
   */
  async noteDecided(): Promise<void> {
    const before = this.decided;
    const now = this.decisions();
    const changed = new Map<string, Decided>();
    const toggled = new Set<Decided>();
    for (const [key, one] of new Map([...before, ...now])) {
      const [was, is] = [before.get(key), now.get(key)];
      if (was?.text === is?.text) continue;
      changed.set(key, one);
      if ((was?.isHidden ?? false) !== (is?.isHidden ?? false)) toggled.add(one);
    }
    const { picking, failure } = await this.pickingAny([...toggled]);
    for (const [key, one] of changed) {
      const { type, locale, documentId } = one;
      if (toggled.has(one) && !picking.has(type)) {
        const was = before.get(key);
        if (was) now.set(key, was);
        else now.delete(key);
        continue;
      }
      const lists = this.of(collectionOf(type, locale || null))?.lists;
      lists?.ask(documentId);
      if (!toggled.has(one)) continue;
      lists?.noteDecided(documentId);
      // No known list shows an entry while it is never suggested.
      const pinning = this.options.curations.pinningTo(sourceOf(type.uid, documentId, locale));
      for (const { sourceId } of pinning) lists?.ask(sourceId);
      for (const sourceId of picking.get(type) ?? []) lists?.ask(sourceId);
    }
    this.decided = now;
    if (failure) throw failure;
  }

  /** The entries whose own relation, option `picked`, names one of these entries, by their type; none of unreadable ones. */
  private async pickingAny(toggled: readonly Decided[]) {
    const picking = new Map<RelatedType, string[]>();
    let failure: Error | null = null;
    for (const type of new Set(toggled.map((one) => one.type))) {
      const ids = toggled.filter((one) => one.type === type).map(({ documentId }) => documentId);
      try {
        picking.set(type, await this.pickingOf(type, ids));
      } catch (error) {
        failure ??= asError(error);
      }
    }
    return { picking, failure };
  }

  private async pickingOf(type: RelatedType, ids: readonly string[]): Promise<string[]> {
    if (!type.picked) return [];
    const { attribute } = type.picked;
    const picking: string[] = [];
    for (let start = 0; start < ids.length; start += PICKED) {
      const part = ids.slice(start, start + PICKED);
      picking.push(...(await this.options.reader.documentsOf(type, attribute, part)));
    }
    return picking;
  }

  /** Learns lists that are not known yet, until `isInterrupted`. */
  async learn(isInterrupted: () => boolean): Promise<void> {
    for (const collection of await this.options.engine.collections()) {
      const lists = this.of(collection)?.lists;
      // Lists of newer documents are made when the write that added them is handled.
      if (!lists || lists.isComplete) continue;
      const unknown = await lists.unknown();
      for (let start = 0; start < unknown.length; start += LEARNT) {
        if (isInterrupted()) return;
        await lists.learn(unknown.slice(start, start + LEARNT));
      }
      if (!isInterrupted()) lists.isComplete = true;
    }
  }

  /** The lists of a collection; `null` where its type is not configured. */
  of(collection: Collection): Watch | null {
    const key = JSON.stringify(collection);
    const known = this.watches.get(key);
    if (known) return known;
    const { types, engine, options, isStopped, onMade } = this.options;
    const type = types.get(collection.type);
    if (!type) return null;
    const { limit, fallback, maxAge, ranking } = options.of(type.uid);
    const placed = new Set(ranking.rules?.place?.map(({ documentId }) => documentId));
    const lists = new ListWatch({
      engine,
      collection,
      limit,
      queries: () => this.queriesFor(type, collection.locale),
      isFilled: fallback !== 'none',
      hasMaxAge: maxAge !== undefined,
      ...(ranking.rules && { nearness: { ...ranking, rules: undefined } }),
      isPlaced: (documentId) => placed.has(documentId),
      share: SHARE,
      isStopped,
      onMade: (documentId, list) => onMade?.(collection, documentId, list),
    });
    this.watches.set(key, { type, lists });
    return { type, lists };
  }

  private decisions(): Map<string, Decided> {
    const found = new Map<string, Decided>();
    for (const curation of this.options.curations.all()) {
      const { sourceType, sourceLocale: locale, sourceId: documentId, isHidden } = curation;
      const type = this.options.types.get(sourceType);
      const text = JSON.stringify(toRow(curation));
      if (type) found.set(sourceKey(curation), { type, locale, documentId, text, isHidden });
    }
    return found;
  }

  private async queriesFor(type: RelatedType, locale: string | null) {
    const { curations, options } = this.options;
    const { maxAge } = options.of(type.uid);
    const hidden = await curations.hiddenIn(sourceOf(type.uid, '', locale));
    return (documentId: string): Query => {
      const { pins, exclusions } = curations.get(sourceOf(type.uid, documentId, locale));
      const exclude = [...exclusions, ...hidden];
      return {
        maxCandidates: SUGGESTION_CAP,
        ...(maxAge && { maxAge }),
        pinned: pinsInList(pins, { uid: type.uid, documentId }, exclude),
        exclude,
      };
    };
  }
}
