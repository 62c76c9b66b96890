import type { Core, Modules, UID } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import type { TextSource } from '../config/text-sources';
import { rowsIn, rowsOf } from '../content/rows';
import type { ArticleLine } from './articles-file';
import { CliError } from './errors';
import { HeldEntry } from './held-entry';
import { ImportedDrafts, type KnownDraft } from './imported-drafts';
import { LeftPublished } from './left-published';
import { missingLocale } from './locales';
import { differs, isInOrder } from './line-data';
import { Meanwhile } from './races';

type Outcome = 'created' | 'updated' | 'unchanged';

export interface ImportScope {
  /** The locale of every article, whatever its line says. */
  locale?: string;
  publish?: boolean;
  /** Whether to overwrite unpublished changes of editors, too. */
  overwrite?: boolean;
}

/** Imports articles into one content type, each in a transaction of its own. */
export class Importer {
  /** Names of categories and tags that are known to exist: `uid locale name` -> documentId. */
  private readonly known = new Map<string, string>();

  /** Entries of earlier lines, with the slugs of those lines. */
  private readonly met = new Map<string, string>();

  /** Entries that it has published and that were deleted in the meantime. */
  readonly left: LeftPublished;

  private readonly drafts: ImportedDrafts;

  private readonly held: HeldEntry;

  constructor(
    private readonly strapi: Core.Strapi,
    private readonly type: RelatedType,
    private readonly options: ImportScope,
  ) {
    this.drafts = new ImportedDrafts(strapi, type);
    this.held = new HeldEntry(strapi, type);
    this.left = new LeftPublished(strapi, type);
  }

  /** @throws CliError when the `--locale` asked for does not exist. */
  async checkLocale(): Promise<void> {
    const { locale } = this.options;
    if (locale === undefined) return;
    if (!this.type.localized) throw new CliError(`--locale: ${this.type.uid} has no locales`);
    const reason = await this.missingLocale(locale);
    if (reason) throw new CliError(`--locale: ${reason}`);
  }

  async put(line: ArticleLine): Promise<Outcome> {
    try {
      return await this.putInto(line);
    } catch (error) {
      // Somebody may have removed what was known.
      this.known.clear();
      throw error;
    }
  }

  private async putInto(line: ArticleLine): Promise<Outcome> {
    const { type } = this;
    const locale = await this.localeOf(line);
    return this.held.during(line.slug, async (held) => {
      const data = await this.dataOf(line, locale);
      const { existing, published } = await this.find(line.slug, locale);
      if (existing && !held.includes(existing.documentId)) throw new Meanwhile();
      const scope = locale !== undefined ? { locale } : {};
      const publishes = this.options.publish && type.draftAndPublish;
      if (!existing) {
        const status = publishes ? { status: 'published' } : {};
        const made = await this.documents.create({ data, ...scope, ...status } as never);
        this.met.set(keyOf(made.documentId, locale), line.slug);
        if (publishes) this.left.add(made.documentId, locale ?? null);
        await this.drafts.remember(made.documentId, [], locale, Object.keys(data));
        return 'created';
      }
      const key = keyOf(existing.documentId, locale);
      const other = this.met.get(key);
      if (other !== undefined && other !== line.slug) {
        throw new Error(`the line with slug "${other}" is about the same entry`);
      }
      this.met.set(key, line.slug);
      const isPublished = published !== null && !differs(published, data);
      const isDone = isPublished || !publishes;
      const { documentId } = existing;
      const isSame = !differs(existing, data) && isDone;
      const names = Object.keys(data);
      if (isSame && (await this.drafts.isKnown(documentId, locale, names))) return 'unchanged';
      const drafts = await this.drafts.of(documentId);
      const draft = drafts.find((one) => one.locale === locale);
      if (isSame) {
        const same = names.filter((name) => isInOrder(existing, data, name));
        await this.drafts.remember(documentId, drafts, locale, same);
        return 'unchanged';
      }
      if (!this.options.overwrite) {
        if (published && draft) await this.checkUnpublished(existing, draft, data);
        else if (draft) this.checkDraft(existing, draft, data);
      }
      // Update, then publish, as in the admin panel: then drafts in other locales get what is shared.
      await this.documents.update({ documentId, data, ...scope } as never);
      if (publishes) {
        await this.publish({ documentId, ...scope });
        this.left.add(documentId, locale ?? null);
      }
      await this.drafts.remember(documentId, drafts, locale, names);
      return 'updated';
    });
  }

  /**
   * Returns the locale of an article; `undefined` for a type without locales.
   *
   * @throws Error when the project does not have its locale.
   */
  async localeOf(line: ArticleLine): Promise<string | undefined> {
    if (!this.type.localized) return undefined;
    const locale = this.options.locale ?? line.locale ?? undefined;
    if (locale === undefined) {
      return this.strapi.plugin('i18n').service('locales').getDefaultLocale();
    }
    const reason = await this.missingLocale(locale);
    if (reason) throw new Error(`locale: ${reason}`);
    return locale;
  }

  private get documents() {
    return this.strapi.documents(this.type.uid as UID.ContentType);
  }

  private async publish(scope: { documentId: string; locale?: string }): Promise<void> {
    const documents = this.documents as unknown as { publish(scope: object): Promise<unknown> };
    await documents.publish(scope);
  }

  private async missingLocale(locale: string): Promise<string | null> {
    if (this.known.has(`locale ${locale}`)) return null;
    const reason = await missingLocale(this.strapi, locale);
    if (reason) return `${reason} Add it under Settings, Internationalization.`;
    this.known.set(`locale ${locale}`, locale);
    return null;
  }

  private async dataOf(
    line: ArticleLine,
    locale: string | undefined,
  ): Promise<Record<string, unknown>> {
    const { type } = this;
    const lost = this.fieldsBeyond(line);
    if (lost.length > 0) {
      throw new Error(
        `${lost.join(', ')}: ${type.uid} has no configured attribute of that name, so the value would be lost`,
      );
    }
    const data: Record<string, unknown> = { [type.title]: line.title };
    if (type.slug) data[type.slug] = line.slug;
    if (type.date && line.publishedAt !== undefined) {
      data[type.date] = line.publishedAt && this.dateAs(type.date, line.publishedAt);
    }
    for (const { attribute, kind } of type.text) {
      if (attribute !== 'excerpt' && attribute !== 'body') continue;
      const text = line[attribute];
      if (text === undefined) continue;
      if (isWritten(kind)) data[attribute] = text;
      // A line may leave this attribute empty; `null` empties blocks, too, as it does texts.
      else if (text === null && kind === 'blocks') data[attribute] = null;
      else if (text) {
        throw new Error(
          `${attribute}: the attribute of ${type.uid} holds ${kind}, but the line holds text, which would be lost`,
        );
      }
    }
    for (const relation of type.relations) {
      if (relation.attribute === 'category' && line.category !== undefined) {
        data.category = line.category && (await this.entry(relation, line.category, locale));
      } else if (relation.attribute === 'tags' && line.tags !== undefined) {
        const tags = new Set<string>();
        for (const tag of line.tags ?? []) tags.add(await this.entry(relation, tag, locale));
        data.tags = [...tags];
      }
    }
    return data;
  }

  /** Returns a date as Strapi would for the attribute's type; for a day, the one that the line names. */
  private dateAs(attribute: string, date: string): string {
    const attributes: Record<string, { type: string }> = this.strapi.getModel(this.type.uid as UID.ContentType).attributes; // prettier-ignore
    const { type } = attributes[attribute];
    if (type === 'date') return date.slice(0, 'YYYY-MM-DD'.length);
    const moment = new Date(date);
    return type === 'timestamp' ? String(moment.getTime()) : moment.toISOString();
  }

  /** Returns the fields of a line that the type has no attribute for. */
  private fieldsBeyond(line: ArticleLine): string[] {
    const { text, relations, date } = this.type;
    const known = new Set([...text, ...relations].map(({ attribute }) => attribute));
    const said = (['excerpt', 'body', 'category', 'tags'] as const).filter((name) => {
      const value = line[name];
      return value !== null && value !== undefined && value.length > 0 && !known.has(name);
    });
    return [...said, ...(line.publishedAt && date === null ? ['publishedAt'] : [])];
  }

  /** Returns the documentId of the category or tag with exactly this name; creates one if there is none. */
  private async entry(
    {
      attribute,
      targets: [{ uid: target, label, draftAndPublish }],
    }: RelatedType['relations'][number],
    name: string,
    locale: string | undefined,
  ): Promise<string> {
    if (label === null) throw new CliError(`"${attribute}" has no attribute to hold a name.`);
    const key = `${target} ${locale ?? ''} ${name}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const documents = this.strapi.documents(target as UID.ContentType);
    const scope = locale !== undefined ? { locale } : {};
    const isSame = isSpelled(label, name);
    const named = async (status: 'draft' | 'published') =>
      (await documents.findMany({ ...scope, status, filters: { [label]: name } } as never)).find(isSame); // prettier-ignore
    // A renamed entry that is not published yet still has its old name for readers.
    const [first, second] = this.options.publish ? (['published', 'draft'] as const) : (['draft', 'published'] as const); // prettier-ignore
    const same = (await named(first)) ?? (await named(second));
    const isPublished = this.options.publish && draftAndPublish;
    const status = isPublished ? { status: 'published' } : {};
    if (same && isPublished) {
      const { documentId } = same;
      const published = await documents.findOne({ documentId, ...scope, ...status } as never);
      if (!published) {
        throw new Error(`${attribute}: "${name}" exists but is not published: the article would be published without it. Publish "${name}" first`); // prettier-ignore
      }
      if (!isSame(published)) {
        const before = String((published as Record<string, unknown>)[label]);
        throw new Error(`${attribute}: the name "${name}" is not published yet: the article would be published with "${before}". Publish "${name}" first`); // prettier-ignore
      }
    }
    const { documentId } =
      same ?? (await documents.create({ ...scope, ...status, data: { [label]: name } } as never));
    await this.strapi.db.transaction(async ({ onCommit }) => {
      onCommit(() => this.known.set(key, documentId));
    });
    return documentId;
  }

  /** Finds the entry of a slug: its draft, if the type has drafts, and its published version. */
  private async find(
    slug: string,
    locale: string | undefined,
  ): Promise<Record<'existing' | 'published', Modules.Documents.AnyDocument | null>> {
    if (!this.type.slug) return { existing: null, published: null };
    const scope = { ...(locale !== undefined && { locale }), populate: this.relationIds() };
    const attribute = this.type.slug;
    const isSame = isSpelled(attribute, slug);
    const named = async (status: 'draft' | 'published') => {
      const asked = { ...scope, status, filters: { [attribute]: { $eq: slug } } };
      return (await this.documents.findMany(asked as never)).find(isSame) ?? null;
    };
    // Readers know it by the slug that it was published with.
    const published = await named('published');
    if (!this.type.draftAndPublish) return { existing: published, published: null };
    if (published) {
      const own = { ...(locale !== undefined && { locale }), documentId: published.documentId };
      const existing = await this.documents.findOne({ ...scope, ...own } as never);
      if (existing) return { existing, published };
      // Project code may hide drafts from an import.
      const where = { documentId: own.documentId, ...rowsIn(this.type, 'draft', locale) };
      if ((await rowsOf(this.strapi, this.type.uid).count({ where })) > 0) {
        throw new Error(`slug: "${slug}" has a draft that cannot be read here`);
      }
      // Editors do not see a published entry without a draft, nor that it has this slug.
      if (!(await this.drafts.isKnown(own.documentId, locale, [attribute]))) {
        throw new Error(
          `slug: "${slug}" is published but has no draft, and that was not done by an import. Give it a draft, or delete it`,
        );
      }
      // Left by an import that was killed; its entry has been deleted since.
      await this.documents.delete(own as never);
    }
    const draft = await named('draft');
    const other = draft && (await this.published(draft, locale));
    if (other) {
      throw new Error(
        `slug: "${slug}" is not published yet: the entry with this slug in its draft is published as "${other[attribute]}". Publish that entry first, or give its draft another slug`,
      );
    }
    return { existing: draft, published: null };
  }

  private relationIds(): Record<string, { fields: string[] }> {
    return Object.fromEntries(
      this.type.relations.map(({ attribute }) => [attribute, { fields: ['documentId'] }]),
    );
  }

  private async published(
    { documentId }: Modules.Documents.AnyDocument,
    locale: string | undefined,
  ): Promise<Modules.Documents.AnyDocument | null> {
    return this.documents.findOne({
      documentId,
      ...(locale !== undefined && { locale }),
      status: 'published',
      populate: this.relationIds(),
    } as never);
  }

  /** @throws Error if something that somebody wrote into an unpublished entry would be overwritten or published. */
  private checkDraft(
    draft: Modules.Documents.AnyDocument,
    { foreign }: KnownDraft,
    data: Record<string, unknown>,
  ): void {
    const isEndangered = (name: string) =>
      name in data
        ? !isInOrder(draft, data, name)
        : // The inverse side of a relation does not belong to this entry.
          this.options.publish && !this.drafts.isInverse(name);
    const endangered = foreign.filter(isEndangered);
    if (endangered.length === 0) return;
    throw new Error(
      `it has unpublished changes made by somebody else (${endangered.join(', ')}). Publish it in the admin panel, or import with --overwrite`,
    );
  }

  /** @throws Error if an editor's unpublished changes would be overwritten or published. */
  private async checkUnpublished(
    entry: Modules.Documents.AnyDocument,
    draft: KnownDraft,
    data: Record<string, unknown>,
  ): Promise<void> {
    const changed = this.drafts.unpublished(draft);
    const unseen = await this.drafts.publishable(draft, changed);
    // If readers see everything that an import left there, nobody else has changed it.
    const isTheirs = (name: string) => unseen.includes(name) || draft.foreign.includes(name);
    const endangered = changed.filter((name) =>
      name in data
        ? !isInOrder(entry, data, name) && isTheirs(name)
        : this.options.publish && unseen.includes(name),
    );
    if (endangered.length === 0) return;
    throw new Error(
      `it has changes that are not published (${endangered.join(', ')}). Publish or discard them, or import with --overwrite`,
    );
  }
}

const keyOf = (documentId: string, locale: string | undefined): string =>
  `${locale ?? ''} ${documentId}`;

/** Whether attributes of this kind are stored as text. */
const isWritten = (kind: TextSource['kind']): boolean =>
  !['blocks', 'media', 'component', 'zone'].includes(kind);

/** Some databases ignore case and accents; "Go" and "GO" are two tags here, and "go" and "GO" two articles. */
const isSpelled =
  (attribute: string, text: string) =>
  (entry: object): boolean =>
    (entry as Record<string, unknown>)[attribute] === text;
