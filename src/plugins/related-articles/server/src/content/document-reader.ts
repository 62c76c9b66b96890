import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import { BudgetExceeded, runInSlices } from '../engine/steps';
import type { DocumentRef, EngineDocument } from '../engine/engine';
import { PLUGIN_ID } from '../constants';
import type { Entity } from './entity';
import { readDocument, withoutText } from './mapper';
import { versionOf, type Row } from './row-reader';
import { MAX_TEXT } from './text';

/** How much of a document could not be read. */
export interface UnreadText {
  /** `all`: it was not read within its budget, or not at all. `rest`: it is too long. */
  part: 'all' | 'rest';
  reason: string;
}

/** A document whose text is not read to its end. */
export interface UnreadDocument extends UnreadText, DocumentRef {
  locale: string | null;
}

interface StoredText extends UnreadDocument {
  /** The version of the row that was tried. */
  version: string;
  /** The plugin version and limit with which it was tried: others may be able to read it. */
  triedWith?: string;
}

const STORE = { type: 'plugin', name: PLUGIN_ID, key: 'unread-texts' } as const;
/** Enough for any site without a systematic problem. */
const MAX_STORED = 1000;

/**
 * Reads documents for the index, each within a budget of time. One whose text takes longer is indexed by its title
 * and relations, and remembered in the database, so that it is not tried again after a restart or on another
 * instance, except with another limit or plugin version.
 */
export class DocumentReader {
  private readonly texts = new Map<string, StoredText>();

  /**
   * @param budgetMs Processor time for one document, in milliseconds.
   * @param version The version of the plugin.
   */
  constructor(
    private readonly strapi: Core.Strapi,
    private readonly budgetMs: number,
    private readonly version: string,
  ) {}

  private get triedWith(): string {
    return `${this.version}, ${this.budgetMs} ms`;
  }

  /** Loads the list of texts that could not be read before. */
  async open(): Promise<void> {
    const stored = (await this.strapi.store(STORE).get({})) as StoredText[] | null;
    for (const text of Array.isArray(stored) ? stored : []) this.texts.set(keyOf(text), text);
  }

  /** Reads a published row. */
  async read(type: RelatedType, entity: Entity & Partial<Row>): Promise<EngineDocument> {
    const known = this.texts.get(keyOf({ uid: type.uid, ...entity }));
    const isKnown = known?.version === versionOf(entity) && known.triedWith === this.triedWith;
    if (isKnown && known.part === 'all') return withoutText(type, entity);
    const { document, unread } = await this.readUnsaved(type, entity);
    await this.note(type, entity, unread);
    return document;
  }

  /**
   * Reads a version that is not for the index, such as a draft.
   *
   * @param maxText Characters of its text that are read. Default: as for the index.
   */
  async readUnsaved(
    type: RelatedType,
    entity: Entity,
    maxText?: number,
  ): Promise<{ document: EngineDocument; unread: UnreadText | null }> {
    try {
      const { document, isCut } = await runInSlices(readDocument(type, entity, maxText), {
        budgetMs: this.budgetMs,
      });
      const reason = `its text is longer than ${MAX_TEXT} characters`;
      return { document, unread: isCut ? { part: 'rest', reason } : null };
    } catch (error) {
      const reason =
        error instanceof BudgetExceeded
          ? `its text takes longer to read than ${this.budgetMs} ms`
          : `its text cannot be read: ${(error as Error).message}`;
      return { document: withoutText(type, entity), unread: { part: 'all', reason } };
    }
  }

  /** Returns which part of a document's text is missing in the index; `null` if none is. */
  unreadOf(uid: string, documentId: string, locale: string | null): UnreadText | null {
    return this.texts.get(keyOf({ uid, documentId, locale })) ?? null;
  }

  /** All documents whose text is not read to its end. */
  list(): UnreadDocument[] {
    return [...this.texts.values()];
  }

  private async note(
    type: RelatedType,
    entity: Entity & Partial<Row>,
    unread: UnreadText | null,
  ): Promise<void> {
    const locale = type.localized ? (entity.locale ?? null) : null;
    const at = { uid: type.uid, documentId: entity.documentId, locale };
    const known = this.texts.get(keyOf(at));
    const { triedWith } = this;
    const version = versionOf(entity);
    if (!unread && !known) return;
    const isSame = known?.version === version && known.triedWith === triedWith;
    if (isSame && known.part === unread?.part) return;
    if (unread) {
      if (this.texts.size >= MAX_STORED && !known) return;
      this.texts.set(keyOf(at), { ...at, version, triedWith, ...unread });
      const consequence =
        unread.part === 'all'
          ? 'Only its title and relations are indexed'
          : 'The rest of the text is not indexed';
      this.strapi.log.warn(
        `related-articles: ${type.uid} ${entity.documentId}: ${unread.reason}. ${consequence}.`,
      );
    } else this.texts.delete(keyOf(at));
    await this.save();
  }

  /** Forgets documents that are gone. */
  async forget(type: RelatedType, documentId: string, locale: string | null): Promise<void> {
    if (this.texts.delete(keyOf({ uid: type.uid, documentId, locale }))) await this.save();
  }

  private async save(): Promise<void> {
    try {
      await this.strapi.store(STORE).set({ value: [...this.texts.values()] });
    } catch (error) {
      // Without it, the text is tried once more after the next start.
      this.strapi.log.debug(
        `related-articles: cannot save the list of unread texts: ${(error as Error).message}`,
      );
    }
  }
}

function keyOf({
  uid,
  documentId,
  locale,
}: {
  uid: string;
  documentId: string;
  locale?: string | null;
}): string {
  // prettier-ignore
  return `${uid} ${documentId} ${locale ?? ''}`;
}
