import type { Core, UID } from '@strapi/strapi';

import type { EntryState } from '../../../../shared/contracts';
import type { RelatedType } from '../../config/resolve';
import type { CurationSource } from '../../curations/curation';
import { textOf, type Entity } from '../../content/entity';
import { rowsOf } from '../../content/rows';
import type { EditorPermissions } from '../../permissions/editor-permissions';

const FOUND = 10;

export interface KnownEntry {
  state: Exclude<EntryState, 'beyond'>;
  /** `null` when it is deleted or masked. */
  title: string | null;
  /** Whether readers see it, regardless of the editor's permissions. */
  isPublished: boolean;
}

/** Entries by their documentId or title, as far as an editor may read them. */
export class EntriesService {
  constructor(
    private readonly strapi: Core.Strapi,
    private readonly types: ReadonlyMap<string, RelatedType>,
  ) {}

  /** Describes documents of the source's type in its locale. */
  async describe(
    permissions: EditorPermissions,
    { sourceType, sourceLocale }: CurationSource,
    documentIds: readonly string[],
  ): Promise<Map<string, KnownEntry>> {
    if (documentIds.length === 0) return new Map();
    const type = this.typeOf(sourceType);
    const rows = await rowsOf<{ documentId: string; locale?: string; publishedAt?: unknown }>(
      this.strapi,
      type.uid,
    ).findMany({
      select: ['documentId', 'publishedAt', ...(type.localized ? ['locale'] : [])],
      where: { documentId: { $in: [...documentIds] } },
    });
    const existing = new Set(rows.map(({ documentId }) => documentId));
    const published = new Set(
      rows
        .filter(({ locale }) => !type.localized || locale === sourceLocale)
        .filter(({ publishedAt }) => !type.draftAndPublish || publishedAt)
        .map(({ documentId }) => documentId),
    );
    const readable = await this.readable(permissions, type, [...existing], sourceLocale);
    return new Map(
      documentIds.map((id): [string, KnownEntry] => {
        const isPublished = published.has(id);
        if (!existing.has(id)) return [id, { state: 'deleted', title: null, isPublished }];
        const title = readable.get(id);
        if (title === undefined) return [id, { state: 'masked', title: null, isPublished }];
        return [id, { state: isPublished ? 'published' : 'unpublished', title, isPublished }];
      }),
    );
  }

  /** Entries whose title contains a text, by title. */
  async search(
    permissions: EditorPermissions,
    type: RelatedType,
    locale: string | null,
    text: string,
  ): Promise<{ documentId: string; title: string; published: boolean }[]> {
    if (!permissions.mayRead(type.uid) || !permissions.readable(type)(type.title)) return [];
    const found = (await this.strapi.documents(type.uid as UID.ContentType).findMany({
      filters: {
        $and: [await permissions.filters(type.uid), { [type.title]: { $containsi: text } }],
      },
      fields: [type.title],
      sort: type.title,
      limit: FOUND,
      status: type.draftAndPublish ? 'draft' : 'published',
      ...(type.localized && { locale }),
    } as never)) as Entity[];
    const known = await this.describe(
      permissions,
      { sourceType: type.uid, sourceId: '', sourceLocale: locale ?? '' },
      found.map(({ documentId }) => documentId),
    );
    return found.map((entry) => ({
      documentId: entry.documentId,
      title: textOf(entry[type.title]),
      published: known.get(entry.documentId)?.isPublished ?? false,
    }));
  }

  /** The titles of those documents that the editor may read in some locale, rather in this one. */
  private async readable(
    permissions: EditorPermissions,
    type: RelatedType,
    documentIds: string[],
    locale: string,
  ): Promise<Map<string, string>> {
    const titles = new Map<string, string>();
    if (documentIds.length === 0 || !permissions.mayRead(type.uid)) return titles;
    const filters = await permissions.filters(type.uid);
    const mayReadTitle = permissions.readable(type)(type.title);
    const found = (await this.strapi.documents(type.uid as UID.ContentType).findMany({
      filters: { $and: [filters, { documentId: { $in: documentIds } }] },
      fields: [type.title, ...(type.localized ? ['locale'] : [])],
      status: type.draftAndPublish ? 'draft' : 'published',
      ...(type.localized && { locale: '*' }),
    } as never)) as Entity[];
    const last = found.filter((entry) => entry.locale === locale);
    for (const entry of [...found, ...last]) {
      titles.set(entry.documentId, mayReadTitle ? textOf(entry[type.title]) : '');
    }
    return titles;
  }

  private typeOf(uid: string): RelatedType {
    const type = this.types.get(uid);
    if (!type) throw new Error(`"${uid}" is not configured`);
    return type;
  }
}
