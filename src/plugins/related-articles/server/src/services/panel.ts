import type { Core, UID } from '@strapi/strapi';

import type {
  EntryState,
  FindSuggestionsResponse,
  PanelEntry,
  PanelRow,
} from '../../../shared/contracts';
import type { Schema } from '../config/attributes';
import type { RelatedType } from '../config/resolve';
import { sourceOf, type Curation, type CurationSource } from '../sync/curations/curation';
import { entriesOf, textOf, type Entity } from '../sync/entity';
import { addressOf, visibleText } from '../sync/mapper';
import { mergeForm, watchedRelations, type FormChanges } from './form';
import { getService } from './get-service';
import type { Page } from './suggestions';
import type { Viewer } from './viewer';

/** Fewer words than these say too little to be compared. */
const FEW_WORDS = 20;

/** An entry in the admin panel, saved or not. */
export interface OpenEntry {
  type: RelatedType;
  /** `null` for one that was never saved. */
  documentId: string | null;
  locale: string | null;
  /** Its draft with what permissions depend on; `null` when there is none in this locale. */
  row: Entity | null;
}

/** What an editor sees beside an entry. */
export class PanelService {
  constructor(private readonly strapi: Core.Strapi) {}

  /**
   * The entry that a request names.
   *
   * @returns `null` when no locale has it.
   */
  async open(
    type: RelatedType,
    documentId: string | null,
    asked: string | undefined,
  ): Promise<OpenEntry | null> {
    const locale = await this.localeOf(type, asked);
    if (documentId === null) return { type, documentId, locale, row: null };
    const query = this.strapi.db.query(type.uid as UID.ContentType);
    const row: Entity | null = await query.findOne({
      where: {
        documentId,
        ...(type.localized && { locale }),
        ...(type.draftAndPublish && { publishedAt: { $null: true } }),
      },
      // What conditions of permissions may ask for.
      populate: { createdBy: { populate: ['roles'] } },
    });
    if (row) return { type, documentId, locale, row };
    const elsewhere = type.localized && (await query.count({ where: { documentId } })) > 0;
    return elsewhere ? { type, documentId, locale, row: null } : null;
  }

  /** The locale that is meant: the default one where none is asked for, `null` for a type without locales. */
  async localeOf(type: RelatedType, asked: string | undefined): Promise<string | null> {
    if (!type.localized) return null;
    return asked ?? this.strapi.plugin('i18n').service('locales').getDefaultLocale();
  }

  /** The list for what stands in the form. */
  async list(
    viewer: Viewer,
    entry: OpenEntry,
    changes: FormChanges | 'published',
  ): Promise<FindSuggestionsResponse> {
    const { type, row, locale } = entry;
    const documentId = entry.documentId ?? '';
    const indexing = getService(this.strapi, 'indexing');
    const source = sourceOf(type.uid, documentId, locale);
    const curation = entry.documentId ? await indexing.curationWriter.find(source) : null;
    const isPublished = changes === 'published' || !type.draftAndPublish;
    const entity = changes === 'published' ? undefined : await this.entity(viewer, entry, changes);

    const { limit } = indexing.config;
    const mayRead = viewer.readable(type);
    const decisions = { pins: curation?.pins ?? [], exclusions: curation?.exclusions ?? [] };
    const page = await getService(this.strapi, 'suggestions').find(
      type,
      { documentId, locale, status: isPublished ? 'published' : 'draft', entity },
      {
        query: {
          ...this.fieldsFor(viewer, type, mayRead),
          filters: await viewer.filters(type.uid),
        },
        start: 0,
        limit: limit + decisions.pins.length,
        related: { explain: true },
        decisions,
        mayRead,
        maySee: async (uid) => viewer.mayRead(uid),
      },
    );
    const entries = await this.entries(viewer, source, curation);
    const { ready, indexed, total } = indexing.progress();
    return {
      data: {
        rows: rowsOf(type, page, entries.pins, limit, mayRead),
        exclusions: entries.exclusions,
      },
      meta: {
        limit,
        total: page.total,
        body: bodyOf(this.strapi, viewer, entry),
        missing: entity ? missingOf(type, entity) : [],
        curation: {
          revision: curation?.revision ?? 0,
          editor: curation?.editor ?? null,
          updatedAt: curation?.updatedAt ?? null,
          mayCurate: viewer.mayCurate(type.uid, row),
        },
        ...(!ready && { index: { indexed, total } }),
      },
    };
  }

  private async entity(
    viewer: Viewer,
    { type, documentId, locale, row }: OpenEntry,
    changes: FormChanges,
  ): Promise<Entity> {
    const { reader } = getService(this.strapi, 'indexing');
    const saved =
      (row && (await reader.draft(type, row.documentId, locale))) ??
      ({ documentId: documentId ?? '', locale } satisfies Entity);
    return mergeForm(this.strapi, viewer, type, row, saved, changes);
  }

  /** What a row shows, as far as the editor may read it. */
  private fieldsFor(viewer: Viewer, type: RelatedType, mayRead: (attribute: string) => boolean) {
    const group = groupOf(type);
    const mayGroup =
      group && mayRead(group.attribute) && group.targets.every(({ uid }) => viewer.mayRead(uid));
    const fields = [type.title, type.slug, type.date].filter((name) => name !== null);
    return {
      fields: [...fields.filter(mayRead), 'documentId'],
      ...(mayGroup && {
        populate: { [group.attribute]: { fields: [group.targets[0].label as string] } },
      }),
    };
  }

  /** Pins and exclusions with what is to be said of them. */
  private async entries(
    viewer: Viewer,
    source: CurationSource,
    curation: Curation | null,
  ): Promise<{ pins: Pin[]; exclusions: PanelEntry[] }> {
    if (!curation) return { pins: [], exclusions: [] };
    const { pins, exclusions } = curation;
    const entryOf = await getService(this.strapi, 'curations').entryOf(viewer, source, [
      ...pins,
      ...exclusions,
    ]);
    return { pins: pins.map(entryOf), exclusions: exclusions.map(entryOf).map(shown) };
  }
}

/** A pin, and whether readers get it if there is a place: what an editor may not read is served all the same. */
type Pin = PanelEntry & { isPublished: boolean };

const shown = ({ reference, title, state }: PanelEntry): PanelEntry => ({
  reference,
  title,
  state,
});

/** Pins in their places, served or not, then suggestions as far as there are places. */
function rowsOf(
  type: RelatedType,
  { documents, related }: Page,
  pins: readonly Pin[],
  limit: number,
  mayRead: (attribute: string) => boolean,
): PanelRow[] {
  const highest = related.reduce((most, { rank }) => Math.max(most, rank), 0) || 1;
  const group = groupOf(type);
  const details = new Map(
    related.map(({ documentId, rank, explanation }, at) => {
      const document = documents[at] as unknown as Entity;
      const date = type.date && mayRead(type.date) ? document[type.date] : null;
      return [
        documentId,
        {
          title: mayRead(type.title) ? textOf(document[type.title]) : null,
          groups: group
            ? entriesOf(document[group.attribute]).map((entry) =>
                textOf(entry[group.targets[0].label as string]),
              )
            : [],
          date: date ? new Date(date as string).toISOString() : null,
          url: addressOf(type, document),
          strength: Math.max(0, rank / highest),
          explanation: explanation ?? null,
        },
      ];
    }),
  );
  const nothing = { groups: [], date: null, url: null, strength: null, explanation: null };
  let places = limit;
  const pinned = pins.map(({ isPublished, ...pin }): PanelRow => {
    const isBeyond = pin.state === 'published' && places <= 0;
    const state: EntryState = isBeyond ? 'beyond' : pin.state;
    if (isPublished) places -= 1;
    return { ...nothing, ...details.get(pin.reference), ...pin, state, origin: 'pinned' };
  });
  const suggested = related
    .filter(({ origin }) => origin === 'suggested')
    .slice(0, Math.max(0, places))
    .map(({ documentId }): PanelRow => ({
      ...nothing,
      title: null,
      ...details.get(documentId),
      reference: documentId,
      state: 'published',
      origin: 'suggested',
    }));
  return [...pinned, ...suggested];
}

/** The relation that a row names: the first whose entries have names. */
function groupOf({ relations }: RelatedType) {
  return relations.find(
    ({ polymorphic, private: isPrivate, targets }) =>
      !polymorphic && !isPrivate && targets[0].label !== null,
  );
}

/** The first long text at whose end this editor may write. */
function bodyOf(
  strapi: Core.Strapi,
  viewer: Viewer,
  { type, row }: OpenEntry,
): FindSuggestionsResponse['meta']['body'] {
  const { attributes } = strapi.contentType(type.uid as UID.ContentType) as Schema;
  for (const source of type.text) {
    const { attribute, kind } = source;
    if (attributes[attribute]?.type !== 'richtext' && kind !== 'blocks') continue;
    if (!viewer.mayWrite(type.uid, row, attribute)) continue;
    if (kind === 'blocks' || kind === 'html') return { attribute, format: kind };
    return { attribute, format: 'markdown' };
  }
  return null;
}

function missingOf(type: RelatedType, entity: Entity): string[] {
  const relations = watchedRelations(type)
    .map(({ attribute }) => attribute)
    .filter((attribute) => entriesOf(entity[attribute]).length === 0);
  const words = visibleText(type, entity).split(/\s+/).filter(Boolean).length;
  return words < FEW_WORDS ? ['text', ...relations] : relations;
}
