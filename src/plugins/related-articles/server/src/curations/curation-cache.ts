import type { Core } from '@strapi/strapi';

import { counted } from '../config/counted';
import { defaultLocaleOf } from '../content/default-locale';
import { ANSWER_TIMEOUT_MS, withinTime } from '../content/within-time';
import { isSameRef, refKey, type DocumentRef } from '../engine/engine';
import { Turns } from '../engine/steps';
import { uidOf, type Change } from '../changes/change-log';
import { rowsWithin } from '../content/statement-limits';
import { ownRows } from '../changes/own-rows';
import { confirmed } from '../changes/confirmed';
import { NO_DRIFT, type ChangeConsumer, type Drift, type Verification } from '../changes/consumer';
import {
  CURATION,
  NO_DECISIONS,
  sourceKey,
  toCuration,
  type Curation,
  type CurationSource,
  type Decisions,
} from './curation';

const PAGE = 500;
const DEFAULT_LOCALE_MS = 10_000;

/**
 * Keeps all curations in this process's memory: finding the lists that pin a document and serving a list take no query.
 */
export class CurationCache implements ChangeConsumer {
  readonly failure = 'pins and exclusions cannot be read';
  readonly keepsPosition = false;
  readonly isAwaited = false;
  private curations = new Map<string, Curation>();
  /** Keys of the curations by their own documentId, and by that of their source document. */
  private keys = new Map<string, string>();
  private bySource = new Map<string, Set<string>>();
  private pinning = new Map<string, Set<string>>();
  /** Keys of the curations that keep their document out of all lists, by type and locale. */
  private hidden = new Map<string, Set<string>>();
  private readonly changed = new Set<string>();
  /** The project's; `null` for a project without locales. */
  private defaultLocale: string | null = null;
  private mustAskLocale = true;
  private mustLoad = true;
  private isLoaded = false;

  constructor(private readonly strapi: Core.Strapi) {}

  handle(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.kind === 'document' && change.ref.uid === CURATION.uid) {
        this.changed.add(change.ref.documentId);
      } else if (change.kind === 'type' && change.uid === CURATION.uid) this.resync();
      // It holds the default locale.
      if (uidOf(change) === 'strapi::core-store') this.mustAskLocale = true;
    }
  }

  /** Notes that everything must be read again. */
  resync(): void {
    this.mustLoad = true;
  }

  get pending(): number {
    return this.changed.size + Number(this.mustLoad);
  }

  /** Whether everything in the database has been read once. */
  get isReady(): boolean {
    return this.isLoaded;
  }

  /** Reads what changed again. */
  async apply(): Promise<void> {
    if (this.mustLoad) await this.load();
    const documentIds = [...this.changed].slice(0, PAGE);
    if (documentIds.length === 0) return;
    for (const id of documentIds) this.changed.delete(id);
    try {
      const rows = await this.read({ documentId: { $in: documentIds } });
      for (const id of documentIds) this.forget(id);
      for (const row of rows) this.put(row);
    } catch (error) {
      for (const id of documentIds) this.changed.add(id);
      throw error;
    }
  }

  /** Applies what this process has just written, without waiting for the log. */
  take(curation: Curation): void {
    if (!this.isLoaded) return;
    const known = this.curations.get(sourceKey(curation));
    if (known?.documentId === curation.documentId && known.revision >= curation.revision) return;
    this.forget(curation.documentId);
    this.put(curation);
  }

  /** Returns what was decided about a document's list; asks the database until everything has been read. */
  async of(source: CurationSource): Promise<Decisions> {
    if (this.isLoaded) return this.get(source);
    // A list without pins is better than none; the failure is reported elsewhere.
    const [row] = await this.read({ ...source }).catch(() => []);
    return row ?? NO_DECISIONS;
  }

  /** Returns what was decided about a document's list, from memory. */
  get(source: CurationSource): Decisions {
    const own = this.curations.get(sourceKey(source));
    return own ?? this.curations.get(sourceKey(this.elsewhere(source))) ?? NO_DECISIONS;
  }

  /**
   * Returns where a list is before it is moved to its entry's locale, or after a newer instance has moved it: both
   * happen while a release that switches localization on or off is rolled out.
   */
  private elsewhere<Place extends Pick<CurationSource, 'sourceLocale'>>(place: Place): Place {
    const { sourceLocale } = place;
    if (this.defaultLocale === null) return place;
    if (sourceLocale === '') return { ...place, sourceLocale: this.defaultLocale };
    return sourceLocale === this.defaultLocale ? { ...place, sourceLocale: '' } : place;
  }

  /** The curations of a document in any locale. */
  ofDocument(ref: DocumentRef): Curation[] {
    return this.listOf(this.bySource.get(refKey(ref)));
  }

  /** The curations of a type and locale that pin a document. */
  pinningTo({ sourceType, sourceId, sourceLocale }: CurationSource): Curation[] {
    const pinned = { uid: sourceType, documentId: sourceId };
    return this.listOf(this.pinning.get(refKey(pinned))).filter(
      (curation) =>
        curation.sourceType === sourceType &&
        curation.sourceLocale === sourceLocale &&
        curation.pins.some((pin) => isSameRef(pin, pinned)),
    );
  }

  /** The documents of a type and locale that are in no list; asks the database until everything has been read. */
  async hiddenIn(
    place: Pick<CurationSource, 'sourceType' | 'sourceLocale'>,
  ): Promise<DocumentRef[]> {
    const { sourceType, sourceLocale } = place;
    if (this.isLoaded) {
      const keys = [place, this.elsewhere(place)].flatMap((one) => [
        ...(this.hidden.get(listsKey(one)) ?? []),
      ]);
      return this.listOf(new Set(keys)).map(sourceRef);
    }
    const rows = await this.read({ sourceType, sourceLocale, hidden: true }).catch(() => []);
    return rows.map(sourceRef);
  }

  all(): Iterable<Curation> {
    return this.curations.values();
  }

  async verify(verification: Verification): Promise<Drift> {
    if (this.mustAskLocale) await this.askLocale();
    if (verification.depth === 'quick' && (await this.isInStep())) return NO_DRIFT;
    const differences = await confirmed(verification, () => this.countDrift());
    if (differences === 0) return NO_DRIFT;
    return {
      compared: 0,
      differences,
      description: `${counted(differences, 'curation')} changed outside Strapi; reading again`,
      changes: [{ kind: 'type', uid: CURATION.uid }],
    };
  }

  /** Counts the rows that differ from memory. */
  private async countDrift(): Promise<number> {
    const seen = new Set<string>();
    let differences = 0;
    for await (const curation of this.rows()) {
      seen.add(curation.documentId);
      const key = this.keys.get(curation.documentId) ?? '';
      const known = this.curations.get(key);
      // Old names are removed without a change of the list.
      const now = known && curation.editor === null ? { ...known, editor: null } : known;
      if (JSON.stringify(now) !== JSON.stringify(curation)) differences += 1;
      else if (now && now.editor !== known?.editor) this.curations.set(key, now);
    }
    for (const documentId of this.keys.keys()) if (!seen.has(documentId)) differences += 1;
    return differences;
  }

  /** Tells whether memory matches the table. Misses only rows that SQL changed in place without a new revision. */
  private async isInStep(): Promise<boolean> {
    const { db } = this.strapi;
    const { tableName } = db.metadata.get(CURATION.uid);
    const sums = db.getConnection(tableName).count({ count: '*' }).sum({ revisions: 'revision', ids: 'id' }); // prettier-ignore
    const [found] = await rowsWithin<Record<'count' | 'revisions' | 'ids', unknown>>(db, sums, ANSWER_TIMEOUT_MS); // prettier-ignore
    let [revisions, ids] = [0, 0];
    for (const { revision, id } of this.curations.values()) {
      revisions += revision;
      ids += id;
    }
    return (
      Number(found.count) === this.curations.size &&
      Number(found.revisions ?? 0) === revisions &&
      Number(found.ids ?? 0) === ids
    );
  }

  private async load(): Promise<void> {
    this.mustLoad = false;
    try {
      const read: Curation[] = [];
      for await (const curation of this.rows()) read.push(curation);
      this.curations = new Map();
      this.keys = new Map();
      this.bySource = new Map();
      this.pinning = new Map();
      this.hidden = new Map();
      for (const curation of read) this.put(curation);
      await this.askLocale();
      this.isLoaded = true;
    } catch (error) {
      this.mustLoad = true;
      throw error;
    }
  }

  /** Reads the default locale. If that fails, keeps the last one until the next check, so that lists can be read. */
  private async askLocale(): Promise<void> {
    const asked = defaultLocaleOf(this.strapi).then((locale) => ({ locale: locale ?? null }));
    const found = await withinTime(asked, DEFAULT_LOCALE_MS, () => null).catch(() => null);
    if (found) this.defaultLocale = found.locale;
    this.mustAskLocale = found === null;
  }

  private async *rows(): AsyncGenerator<Curation> {
    const turns = new Turns();
    for (let afterId = 0; ;) {
      // SQLite answers at once.
      await turns.give();
      const page = await ownRows(this.strapi, CURATION.uid).findMany({
        where: { id: { $gt: afterId } },
        orderBy: { id: 'asc' },
        limit: PAGE,
      });
      yield* page.map(toCuration);
      if (page.length < PAGE) return;
      afterId = page[page.length - 1].id;
    }
  }

  private async read(where: Record<string, unknown>): Promise<Curation[]> {
    const rows = await ownRows(this.strapi, CURATION.uid).findMany({ where });
    return rows.map(toCuration);
  }

  private put(curation: Curation): void {
    const key = sourceKey(curation);
    this.curations.set(key, curation);
    this.keys.set(curation.documentId, key);
    addTo(this.bySource, refKey(sourceRef(curation)), key);
    for (const pin of curation.pins) addTo(this.pinning, refKey(pin), key);
    if (curation.isHidden) addTo(this.hidden, listsKey(curation), key);
  }

  private forget(documentId: string): void {
    const key = this.keys.get(documentId);
    const curation = key === undefined ? undefined : this.curations.get(key);
    this.keys.delete(documentId);
    // Another row may have replaced it.
    if (!key || curation?.documentId !== documentId) return;
    this.curations.delete(key);
    takeFrom(this.bySource, refKey(sourceRef(curation)), key);
    for (const pin of curation.pins) takeFrom(this.pinning, refKey(pin), key);
    takeFrom(this.hidden, listsKey(curation), key);
  }

  private listOf(keys: ReadonlySet<string> = new Set()): Curation[] {
    return [...keys].map((key) => this.curations.get(key)).filter((found) => found !== undefined);
  }
}

const listsKey = ({
  sourceType,
  sourceLocale,
}: Pick<CurationSource, 'sourceType' | 'sourceLocale'>) => `${sourceType} ${sourceLocale}`;

const sourceRef = ({ sourceType, sourceId }: CurationSource): DocumentRef => ({
  uid: sourceType,
  documentId: sourceId,
});

function addTo(map: Map<string, Set<string>>, key: string, item: string): void {
  const set = map.get(key);
  if (set) set.add(item);
  else map.set(key, new Set([item]));
}

function takeFrom(map: Map<string, Set<string>>, key: string, item: string): void {
  const set = map.get(key);
  set?.delete(item);
  if (set?.size === 0) map.delete(key);
}
