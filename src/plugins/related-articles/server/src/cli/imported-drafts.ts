import { createHash } from 'node:crypto';
import type { Core, Modules, UID } from '@strapi/strapi';
import type { Knex } from 'knex';

import { IMPORTS, table } from '../changes/tables';
import type { RelatedType } from '../config/resolve';
import { contentOf, inOrder, populateOf, type Content } from './unpublished-changes';

/** What each attribute of a draft holds, hashed. */
type Hashes = Record<string, string>;

/** A draft in one locale. */
export interface KnownDraft {
  locale: string | undefined;
  hashes: Hashes;
  /** What imports have left there; `null` where none has. */
  imported: Hashes | null;
  /** The attributes that hold what somebody else wrote. */
  foreign: string[];
}

/** Remembers what imports wrote into drafts, so that what somebody else wrote there is told from that. */
export class ImportedDrafts {
  /** Hashes of what attributes hold in which nobody wrote anything. */
  private readonly untouched: Record<string, Set<string>>;

  constructor(
    private readonly strapi: Core.Strapi,
    private readonly type: RelatedType,
  ) {
    const { attributes } = strapi.getModel(type.uid as UID.ContentType);
    this.untouched = Object.fromEntries(
      Object.entries(attributes).map(([name, attribute]) => {
        const { default: value } = attribute as { default?: unknown };
        return [name, new Set([hashOf(''), hashOf(inOrder(value))])];
      }),
    );
  }

  /** Whether an attribute is the other side of a relation. */
  isInverse(name: string): boolean {
    const model = this.strapi.getModel(this.type.uid as UID.ContentType);
    const attributes = model.attributes as Record<string, { mappedBy?: string; morphBy?: string }>;
    const { mappedBy, morphBy } = attributes[name] ?? {};
    return (mappedBy ?? morphBy) !== undefined;
  }

  /** Whether an import is known to have written into a draft; always where nothing is remembered of the type. */
  async isKnown(documentId: string, locale: string | undefined): Promise<boolean> {
    return !this.type.draftAndPublish || (await this.imported(documentId, locale)) !== null;
  }

  /** The drafts of an entry in all locales; none in a type that publishes what is saved. */
  async of(documentId: string): Promise<KnownDraft[]> {
    const { strapi, type } = this;
    if (!type.draftAndPublish) return [];
    const asked = { filters: { documentId }, status: 'draft', locale: '*', populate: populateOf(strapi, type.uid) }; // prettier-ignore
    const drafts: Modules.Documents.AnyDocument[] = await strapi.documents(type.uid as UID.ContentType).findMany(asked as never); // prettier-ignore
    const known: KnownDraft[] = [];
    for (const draft of drafts) {
      // Rows keep a locale from the time when their type had some.
      const locale = type.localized ? (draft.locale ?? undefined) : undefined;
      const hashes = hashed(contentOf(strapi, type.uid, draft));
      const imported = await this.imported(documentId, locale);
      const foreign = Object.keys(hashes).filter((name) =>
        imported && name in imported
          ? imported[name] !== hashes[name]
          : !this.untouched[name]?.has(hashes[name]),
      );
      known.push({ locale, hashes, imported, foreign });
    }
    return known;
  }

  /**
   * Notes what an import has written into the draft of a locale, and with it into others: they share attributes.
   *
   * @param before The drafts as they were.
   * @param names The attributes that are its own; `null` where all are.
   */
  async remember(
    documentId: string,
    before: readonly KnownDraft[],
    written: string | undefined,
    names: readonly string[] | null,
  ): Promise<void> {
    for (const { locale, hashes } of await this.of(documentId)) {
      const known = before.find((one) => one.locale === locale);
      const isShared = (name: string) => known?.hashes[name] !== hashes[name] && !known?.foreign.includes(name); // prettier-ignore
      const isOurs = (name: string) =>
        locale === written ? (names?.includes(name) ?? true) : isShared(name);
      const changed = Object.entries(hashes).filter(([name]) => isOurs(name));
      if (changed.length === 0) continue;
      await this.write(documentId, locale, { ...known?.imported, ...Object.fromEntries(changed) });
    }
  }

  private async imported(documentId: string, locale: string | undefined): Promise<Hashes | null> {
    const name = this.nameOf(documentId, locale);
    const [row] = await this.rows((rows) => rows.where({ name }).select('hashes'));
    return row ? (JSON.parse(row.hashes) as Hashes) : null;
  }

  private async write(documentId: string, locale: string | undefined, hashes: Hashes) {
    const row = { name: this.nameOf(documentId, locale), hashes: JSON.stringify(hashes) };
    await this.rows((rows) => rows.insert(row).onConflict('name').merge());
  }

  /** In the transaction of the article. */
  private async rows(
    ask: (rows: Knex.QueryBuilder) => Knex.QueryBuilder,
  ): Promise<{ hashes: string }[]> {
    const { db } = this.strapi;
    return db.transaction(async ({ trx }) => {
      const answer: unknown = await ask(table(db, IMPORTS, trx as unknown as Knex.Transaction));
      return answer as { hashes: string }[];
    });
  }

  private nameOf(documentId: string, locale = ''): string {
    return hashOf(`${this.type.uid} ${documentId} ${locale}`, 64);
  }
}

const hashed = (content: Content): Hashes =>
  Object.fromEntries(Object.entries(content).map(([name, text]) => [name, hashOf(text)]));

const hashOf = (text: string, length = 16): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length);
