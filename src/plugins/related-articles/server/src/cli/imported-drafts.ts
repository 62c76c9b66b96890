import { createHash } from 'node:crypto';
import type { Core, Modules, UID } from '@strapi/strapi';
import type { Knex } from 'knex';

import { IMPORTS, table } from '../changes/tables';
import type { RelatedType } from '../config/resolve';
import {
  contentOf,
  namedBy,
  populateOf,
  valueText,
  type Content,
  type Values,
} from './entry-contents';

/** What each attribute holds, hashed. */
type Hashes = Record<string, string>;

/** A draft in one locale. */
export interface KnownDraft {
  locale: string | undefined;
  values: Values;
  hashes: Hashes;
  /** Its published version. */
  published: { values: Values; hashes: Hashes } | null;
  /** What imports have left there, and what was published at that time; `null` if none has. */
  imported: Hashes | null;
  /** The attributes that hold what somebody else wrote. */
  foreign: string[];
}

/** How many values one query to the database may have. */
const MAX_VALUES = 1000;

/** Remembers what imports wrote into drafts, to tell it from what somebody else wrote there. */
export class ImportedDrafts {
  /** Hashes of the values that an attribute has if nobody wrote anything into it. */
  private readonly untouched: Record<string, Set<string>>;

  constructor(
    private readonly strapi: Core.Strapi,
    private readonly type: RelatedType,
  ) {
    const { attributes } = strapi.getModel(type.uid as UID.ContentType);
    this.untouched = Object.fromEntries(
      Object.entries(attributes).map(([name, attribute]) => {
        const { default: value } = attribute as { default?: unknown };
        return [name, new Set([hashOf(''), hashOf(valueText(value))])];
      }),
    );
  }

  /** Whether an attribute is the inverse side of a relation. */
  isInverse(name: string): boolean {
    const model = this.strapi.getModel(this.type.uid as UID.ContentType);
    const attributes = model.attributes as Record<string, { mappedBy?: string; morphBy?: string }>;
    const { mappedBy, morphBy } = attributes[name] ?? {};
    return (mappedBy ?? morphBy) !== undefined;
  }

  /** Whether imports are known to have written these attributes; always for types of which nothing is remembered. */
  async isKnown(
    documentId: string,
    locale: string | undefined,
    names: readonly string[],
  ): Promise<boolean> {
    if (!this.type.draftAndPublish) return true;
    const imported = await this.imported(documentId, locale);
    return names.every((name) => imported && Object.hasOwn(imported, name));
  }

  /** The drafts of an entry in all locales; none in a type that publishes what is saved. */
  async of(documentId: string): Promise<KnownDraft[]> {
    if (!this.type.draftAndPublish) return [];
    const published = await this.versions(documentId, 'published');
    const known: KnownDraft[] = [];
    for (const draft of await this.versions(documentId, 'draft')) {
      const { locale, hashes } = draft;
      const imported = await this.imported(documentId, locale);
      const foreign = Object.keys(hashes).filter((name) =>
        imported && Object.hasOwn(imported, name)
          ? !imported[name].startsWith(hashes[name])
          : !this.untouched[name]?.has(hashes[name]),
      );
      const beside = published.find((version) => version.locale === locale) ?? null;
      known.push({ ...draft, published: beside, imported, foreign });
    }
    return known;
  }

  /**
   * Returns the attributes in which a draft differs from its published version, unless an import left it so. The
   * published value must still be the same: an editor may have published something and taken it back in the draft.
   */
  unpublished({ hashes, published, imported }: KnownDraft): string[] {
    if (!published) return [];
    return Object.keys(hashes).filter(
      (name) =>
        hashes[name] !== published.hashes[name] &&
        imported?.[name] !== pairOf(hashes, published.hashes, name),
    );
  }

  /** Returns those that publishing would change: a published version refers only to published entries. */
  async publishable(draft: KnownDraft, names: readonly string[]): Promise<string[]> {
    const { strapi, type } = this;
    if (!draft.published || names.length === 0) return [];
    const listed = new Map<string, Set<string>>();
    for (const [uid, documentIds] of namedBy(strapi, type.uid, draft.values)) {
      listed.set(uid, await this.publishedAmong(uid, [...documentIds], draft.locale));
    }
    const counts = (uid: string, documentId: string) => listed.get(uid)?.has(documentId) ?? true;
    const is = contentOf(strapi, type.uid, draft.values, counts);
    const was = contentOf(strapi, type.uid, draft.published.values);
    return names.filter((name) => is[name] !== was[name]);
  }

  /**
   * Notes what an import has written into the draft of one locale, and thereby into others that share attributes.
   *
   * @param before The drafts before the import.
   * @param names The attributes that it wrote. Others count as its own if nobody else had written into them: hooks of
   *   the project may have done so now.
   */
  async remember(
    documentId: string,
    before: readonly KnownDraft[],
    written: string | undefined,
    names: readonly string[],
  ): Promise<void> {
    const drafts = await this.of(documentId);
    const own = drafts.find(({ locale }) => locale === written);
    for (const { locale, hashes, published } of drafts) {
      const known = before.find((one) => one.locale === locale);
      const others = known ? [...known.foreign, ...this.unpublished(known)] : [];
      const isShared = (name: string) => known?.hashes[name] !== hashes[name] && own?.hashes[name] === hashes[name]; // prettier-ignore
      const isOurs = (name: string) =>
        locale === written ? names.includes(name) || !others.includes(name) : isShared(name);
      const ours = Object.keys(hashes).filter(isOurs);
      if (ours.length === 0) continue;
      const changed = ours.map((name) => [name, pairOf(hashes, published?.hashes, name)]);
      await this.write(documentId, locale, { ...known?.imported, ...Object.fromEntries(changed) });
    }
  }

  private async versions(documentId: string, status: 'draft' | 'published') {
    const { strapi, type } = this;
    const asked = { filters: { documentId }, status, locale: '*', populate: populateOf(strapi, type.uid) }; // prettier-ignore
    const found: Modules.Documents.AnyDocument[] = await strapi.documents(type.uid as UID.ContentType).findMany(asked as never); // prettier-ignore
    return found.map((values) => ({
      // Rows keep their locale from before localization was switched off for the type.
      locale: type.localized ? (values.locale ?? undefined) : undefined,
      values: values as Values,
      hashes: hashed(contentOf(strapi, type.uid, values)),
    }));
  }

  private async publishedAmong(
    uid: string,
    documentIds: readonly string[],
    locale: string | undefined,
  ): Promise<Set<string>> {
    const model = this.strapi.contentTypes[uid as UID.ContentType];
    if (!model?.options?.draftAndPublish) return new Set(documentIds);
    const { i18n } = (model.pluginOptions ?? {}) as { i18n?: { localized?: boolean } };
    const published = new Set<string>();
    for (let at = 0; at < documentIds.length; at += MAX_VALUES) {
      const where = {
        documentId: { $in: documentIds.slice(at, at + MAX_VALUES) },
        publishedAt: { $notNull: true },
        ...(i18n?.localized && locale !== undefined && { locale }),
      };
      const rows = await this.strapi.db.query(uid as never).findMany({ where, select: ['documentId'] } as never); // prettier-ignore
      for (const { documentId } of rows as { documentId: string }[]) published.add(documentId);
    }
    return published;
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

  /** Queries the table in the article's transaction. */
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

/** The hash of a draft's value, and that of the published value. */
const pairOf = (draft: Hashes, published: Hashes | undefined, name: string): string =>
  `${draft[name]} ${published?.[name] ?? ''}`;

const hashOf = (text: string, length = 16): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length);
