import type { Core } from '@strapi/strapi';

import type { EntryState, FindEntryResponse, FoundEntry } from '../../../../shared/contracts';
import { isPrivate } from '../../config/private-attributes';
import type { RelatedType } from '../../config/resolve';
import type { CurationCache } from '../../curations/curation-cache';
import type { CurationSource } from '../../curations/curation';
import { entriesOf, nameOf, textOf, type Entity } from '../../content/entity';
import { addressOf, readVisible } from '../../content/mapper';
import { allRowsOf } from '../../content/rows';
import { runInSlices } from '../../engine/steps';
import type { EditorPermissions } from '../../permissions/editor-permissions';
import { ifRefused } from '../../permissions/narrowed-reads';
import { schemaOf, type Schema } from '../../permissions/schema-path';
import { detailsOf } from './rows';
import { shownFields } from './shown-fields';

const FOUND = 10;
const MAX_WORDS = 10;
/** How many characters or blocks of a text are read for its excerpt, and how many characters are shown. */
const MAX_READ = 5000;
const MAX_BLOCKS = 10;
const MAX_EXCERPT = 240;

export interface KnownEntry {
  state: Exclude<EntryState, 'beyond'>;
  /** `null` when it is deleted or masked. */
  title: string | null;
  /** Whether readers see it, regardless of the editor's permissions. */
  isServed: boolean;
}

/** Finds entries by documentId or title, as far as an editor may read them. */
export class EntriesService {
  constructor(
    private readonly strapi: Core.Strapi,
    private readonly types: ReadonlyMap<string, RelatedType>,
    private readonly curations: CurationCache,
  ) {}

  /** Describes documents of the source's type in its locale. */
  async describe(
    permissions: EditorPermissions,
    { sourceType, sourceLocale }: CurationSource,
    documentIds: readonly string[],
  ): Promise<Map<string, KnownEntry>> {
    if (documentIds.length === 0) return new Map();
    const type = this.typeOf(sourceType);
    const rows = await allRowsOf<{ documentId: string; locale?: string; publishedAt?: unknown }>(
      this.strapi,
      type.uid,
      {
        select: ['documentId', 'publishedAt', ...(type.localized ? ['locale'] : [])],
        where: { documentId: { $in: [...documentIds] } },
      },
    );
    const existing = new Set(rows.map(({ documentId }) => documentId));
    const published = new Set(
      rows
        .filter(({ locale }) => !type.localized || locale === sourceLocale)
        .filter(({ publishedAt }) => !type.draftAndPublish || publishedAt)
        .map(({ documentId }) => documentId),
    );
    const readable = await this.readable(permissions, type, [...existing], sourceLocale);
    const hidden = await this.curations.hiddenIn({ sourceType, sourceLocale });
    const hiddenIds = new Set(hidden.map(({ documentId }) => documentId));
    return new Map(
      documentIds.map((id): [string, KnownEntry] => {
        const isServed = published.has(id) && !hiddenIds.has(id);
        if (!existing.has(id)) return [id, { state: 'deleted', title: null, isServed }];
        const title = readable.get(id);
        if (title === undefined) return [id, { state: 'masked', title: null, isServed }];
        if (!published.has(id)) return [id, { state: 'unpublished', title, isServed }];
        return [id, { state: isServed ? 'published' : 'hidden', title, isServed }];
      }),
    );
  }

  /** Entries whose title is the text, then those that begin with it, then those with all its words in any order. */
  async search(
    permissions: EditorPermissions,
    type: RelatedType,
    locale: string | null,
    text: string,
  ): Promise<FoundEntry[]> {
    if (!permissions.mayRead(type.uid) || !permissions.readable(type)(type.title)) return [];
    const words = text.split(/\s+/).slice(0, MAX_WORDS);
    const own = await permissions.filters(type.uid);
    const shown = await shownFields(permissions, type);
    const best = new Map<string, Entity>();
    // One query each: among thousands that have the words, no single order finds the best ones.
    for (const conditions of [
      [{ $eqi: text }],
      [{ $startsWithi: text }],
      words.map((word) => ({ $containsi: word })),
    ]) {
      if (best.size >= FOUND) break;
      const found = await permissions.findMany(type.uid, {
        ...shown,
        filters: { $and: [own, ...conditions.map((condition) => ({ [type.title]: condition }))] },
        sort: type.title,
        limit: FOUND,
        status: type.draftAndPublish ? 'draft' : 'published',
        ...(type.localized && { locale }),
      });
      for (const entry of found) if (!best.has(entry.documentId)) best.set(entry.documentId, entry);
    }
    return this.found(permissions, type, locale, [...best.values()].slice(0, FOUND));
  }

  /** Returns what an entry's card shows; `null` if the editor may read no version of it in this locale. */
  async card(
    permissions: EditorPermissions,
    type: RelatedType,
    documentId: string,
    locale: string | null,
  ): Promise<FindEntryResponse['data'] | null> {
    if (!permissions.mayRead(type.uid)) return null;
    const mayRead = permissions.readable(type);
    const image = this.imageAttribute(type, mayRead);
    const { fields, populate } = await shownFields(permissions, type);
    const read = async (status: 'draft' | 'published') => {
      const [entry] = await permissions.findMany(type.uid, {
        // With the texts, which are shortened to an excerpt.
        fields: [...fields, ...ownTexts(type).filter(mayRead)],
        populate: {
          ...populate,
          ...(image && { [image]: { fields: ['url', 'formats', 'mime'] } }),
        },
        filters: {
          $and: [await permissions.filters(type.uid), { documentId: { $eq: documentId } }],
        },
        status,
        limit: 1,
        ...(type.localized && { locale }),
      });
      return entry as Entity | undefined;
    };
    const entry = (await read('published')) ?? (await read('draft'));
    if (!entry) return null;
    const [known] = await this.found(permissions, type, locale, [entry]);
    return {
      ...known,
      excerpt: await this.excerptOf(type, entry, mayRead),
      image: image ? imageIn(entry[image]) : null,
      url: addressOf(type, entry),
    };
  }

  private async found(
    permissions: EditorPermissions,
    type: RelatedType,
    locale: string | null,
    entries: readonly Entity[],
  ): Promise<FoundEntry[]> {
    const source = { sourceType: type.uid, sourceId: '', sourceLocale: locale ?? '' };
    const ids = entries.map(({ documentId }) => documentId);
    const known = await this.describe(permissions, source, ids);
    const mayRead = permissions.readable(type);
    return entries.map((entry) => {
      const { title, groups, date } = detailsOf(type, entry, { mayRead });
      const published = known.get(entry.documentId)?.state !== 'unpublished';
      return { documentId: entry.documentId, title: title ?? '', published, groups, date };
    });
  }

  /** Returns the beginning of the first text that is not empty. */
  private async excerptOf(
    type: RelatedType,
    entry: Entity,
    mayRead: (attribute: string) => boolean,
  ): Promise<string> {
    for (const attribute of ownTexts(type).filter(mayRead)) {
      const value = entry[attribute];
      const beginning = Array.isArray(value)
        ? value.slice(0, MAX_BLOCKS)
        : textOf(value).slice(0, MAX_READ);
      const part = { ...entry, [attribute]: beginning };
      const { text } = await runInSlices(readVisible(type, part, (name) => name === attribute));
      const words = text.replace(/\s+/g, ' ').trim();
      if (words) return shortened(words);
    }
    return '';
  }

  private imageAttribute(type: RelatedType, mayRead: (name: string) => boolean): string | null {
    const schema = schemaOf(this.strapi, type.uid) as Schema;
    const isImage = ([name, attribute]: [string, Schema['attributes'][string]]) =>
      attribute.type === 'media' && !isPrivate(schema, name) && mayRead(name);
    return Object.entries(schema.attributes).find(isImage)?.[0] ?? null;
  }

  /** Returns the titles of documents that the editor may read in this locale, or in another if they lack it. */
  private async readable(
    permissions: EditorPermissions,
    type: RelatedType,
    documentIds: string[],
    locale: string,
  ): Promise<Map<string, string>> {
    const titles = new Map<string, string>();
    if (documentIds.length === 0 || !permissions.mayRead(type.uid)) return titles;
    const mayReadTitle = permissions.readable(type)(type.title);
    const among = { documentId: { $in: documentIds } };
    const find = (filters: object, language: string, fields: string[]) =>
      permissions.findMany(type.uid, {
        filters,
        fields,
        status: type.draftAndPublish ? 'draft' : 'published',
        ...(type.localized && { locale: language }),
      });
    const own = { $and: [await permissions.filters(type.uid), among] };
    const fields = [type.title, ...(type.localized ? ['locale'] : [])];
    // Code of the project may refuse other locales.
    const everywhere = await find(own, '*', fields).catch(ifRefused(null));
    const found = everywhere ?? (await find(own, locale, fields));
    const isHere = (entry: Entity) => !type.localized || entry.locale === locale;
    const here = found.filter(isHere);
    const readable = new Set(here.map(({ documentId }) => documentId));
    const isElsewhere = documentIds.some((id) => !readable.has(id));
    const there = type.localized && isElsewhere ? await find(among, locale, ['documentId']) : [];
    const hidden = new Set(there.map(({ documentId }) => documentId).filter((id) => !readable.has(id))); // prettier-ignore
    for (const entry of [...found.filter(({ documentId }) => !hidden.has(documentId)), ...here]) {
      titles.set(entry.documentId, mayReadTitle ? nameOf(entry[type.title]) : '');
    }
    return titles;
  }

  private typeOf(uid: string): RelatedType {
    const type = this.types.get(uid);
    if (!type) throw new Error(`"${uid}" is not configured`);
    return type;
  }
}

/** The texts that are in a column of the type's own table. */
const ownTexts = ({ text }: RelatedType): string[] =>
  text
    .filter(({ kind }) => kind !== 'component' && kind !== 'zone' && kind !== 'media')
    .map(({ attribute }) => attribute);

function shortened(text: string): string {
  if (text.length <= MAX_EXCERPT) return text;
  return `${text.slice(0, MAX_EXCERPT).replace(/\s+\S*$/, '')} …`;
}

/** Returns the URL of a media attribute's first image, preferably a small format. */
function imageIn(value: unknown): string | null {
  const image = entriesOf(value).find(({ mime }) => textOf(mime).startsWith('image/'));
  const formats = (image?.formats ?? {}) as Record<string, { url?: unknown } | undefined>;
  return textOf(formats.small?.url ?? formats.thumbnail?.url ?? image?.url) || null;
}
