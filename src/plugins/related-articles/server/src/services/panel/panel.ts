import type { Core, UID } from '@strapi/strapi';
import { errors } from '@strapi/utils';

import type { FindSuggestionsResponse, PanelEntry, PanelRow } from '../../../../shared/contracts';
import type { Schema } from '../../config/attributes';
import type { RelatedType } from '../../config/resolve';
import { isStorable } from '../../config/storable';
import type { EngineDocument } from '../../engine/engine';
import {
  NO_DECISIONS,
  documentIdsOf,
  sourceOf,
  type Curation,
  type CurationSource,
} from '../../curations/curation';
import { entriesOf, type Entity } from '../../content/entity';
import type { DocumentReader, UnreadText } from '../../content/document-reader';
import type { RowReader } from '../../content/row-reader';
import { rowsIn, rowsOf } from '../../content/rows';
import type { CurationRepository, Editor } from '../../curations/curation-repository';
import type { CurationsService } from './curations';
import type { HistoryService } from './history';
import { shownFields } from './shown-fields';
import { runInSlices } from '../../engine/steps';
import { readVisible } from '../../content/mapper';
import { EditorDocuments } from '../../permissions/editor-documents';
import { bodyOf } from './body';
import { applyUnsavedChanges, watchedRelations, type UnsavedChanges } from './draft';
import { EditorTexts } from './editor-texts';
import { reasonsForEditor } from './reasons-for-editor';
import { pickedField } from './picked-field';
import { percentOf } from '../progress';
import { panelRows, toPanelEntry, type Pin } from './rows';
import { editorVisibility, type Visibility } from '../../permissions/visibility';
import type { FallbackEntries } from '../fallback';
import { filledForEditors } from '../filled-for-editors';
import type { SiteOptions } from '../../settings/site-options';
import type { Source, SuggestionsService } from '../suggestions';
import { textSource } from '../text-source';
import type { EditorPermissions } from '../../permissions/editor-permissions';

/** A text with fewer words says too little to compare. */
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

export interface PanelOptions {
  strapi: Core.Strapi;
  options: SiteOptions;
  reader: RowReader;
  documents: DocumentReader;
  repository: CurationRepository;
  suggestions: SuggestionsService;
  curating: CurationsService;
  history: HistoryService;
  fallbacks: FallbackEntries;
  /** How much of the index is built. */
  progress(uid: string): { ready: boolean; indexed: number; total: number };
}

/** A request for a list. */
export interface ListRequest {
  changes: UnsavedChanges | 'published';
  /** For a duplicate that was never saved: the entry whose relations it starts with. */
  copied?: Entity | null;
  /** How many candidates beyond the list. */
  more?: number;
}

/** What an editor sees next to an entry. */
export class PanelService {
  constructor(private readonly options: PanelOptions) {}

  /**
   * The entry that a request names, with the fields that permissions depend on.
   *
   * @param asked A locale; `undefined` for the default one.
   * @throws ValidationError when there is no such locale.
   * @returns `null` when no locale has it.
   */
  async open(
    permissions: EditorPermissions,
    type: RelatedType,
    documentId: string | null,
    asked: string | undefined,
  ): Promise<OpenEntry | null> {
    const locale = await this.localeOf(type, asked);
    if (documentId === null) return { type, documentId, locale, row: null };
    const row = await this.row(permissions, type, documentId, locale, 'draft');
    const query = this.options.strapi.db.query(type.uid as UID.ContentType);
    const isElsewhere =
      !row && type.localized && (await query.count({ where: { documentId } })) > 0;
    if (!row && !isElsewhere) return null;
    const { documentId: stored } = row ?? { documentId };
    const isGiven = await permissions.gets(type.uid, stored, row ? locale : '*');
    return isGiven ? { type, documentId, locale, row } : null;
  }

  /** Whether the editor may read the published version, which may differ from the draft. */
  async mayReadPublished(permissions: EditorPermissions, { type, documentId, locale }: OpenEntry) {
    if (documentId === null || !type.draftAndPublish) return true;
    const row = await this.row(permissions, type, documentId, locale, 'published');
    if (row === null) return true;
    const isAllowed = permissions.mayRead(type.uid, row);
    return isAllowed && (await permissions.gets(type.uid, row.documentId, locale, 'published'));
  }

  private async row(
    permissions: EditorPermissions,
    type: RelatedType,
    documentId: string,
    locale: string | null,
    status: 'draft' | 'published',
  ): Promise<Entity | null> {
    return rowsOf<Entity>(this.options.strapi, type.uid).findOne({
      where: { documentId, ...rowsIn(type, status, locale) },
      populate: await permissions.populate(type.uid),
    });
  }

  /**
   * Returns the locale to use: the default one if none is asked for, `null` for a type without locales.
   *
   * @throws ValidationError when there is no such locale.
   */
  async localeOf(type: RelatedType, asked: string | undefined): Promise<string | null> {
    if (!type.localized) return null;
    const locales = this.options.strapi.plugin('i18n').service('locales');
    if (asked === undefined) return locales.getDefaultLocale();
    if (!isStorable(asked)) throw new errors.ValidationError('locale: expected a locale code without control characters'); // prettier-ignore
    // Some databases also find other spellings; pins belong to the stored one.
    if ((await locales.findByCode(asked))?.code === asked) return asked;
    throw new errors.ValidationError(`locale: there is no locale "${asked}"`);
  }

  /** Returns the list for the content of the form. */
  async list(
    permissions: EditorPermissions,
    editor: Pick<Editor, 'id'>,
    entry: OpenEntry,
    request: ListRequest,
  ): Promise<FindSuggestionsResponse> {
    return (await this.listWithForm(permissions, editor, entry, request)).response;
  }

  /** Returns the list together with the entry as it is in the form; `null` for the published entry's list. */
  async listWithForm(
    permissions: EditorPermissions,
    editor: Pick<Editor, 'id'>,
    entry: OpenEntry,
    { changes, copied, more = 0 }: ListRequest,
  ): Promise<{ response: FindSuggestionsResponse; entity: Entity | null }> {
    const { type, row, locale } = entry;
    const documentId = entry.documentId ?? '';
    const source = sourceOf(type.uid, documentId, locale);
    // Ignore curations of a locale that no longer exists.
    const curation = row ? await this.options.repository.find(source) : null;
    const visibility = await editorVisibility(permissions, type, locale);
    const isPublished = changes === 'published' || !type.draftAndPublish;
    const form =
      changes === 'published'
        ? null
        : await this.form(permissions, entry, { ...changes, copied }, visibility);
    const from: Source = {
      documentId,
      locale,
      status: isPublished ? 'published' : 'draft',
      ...form,
    };

    const options = this.options.options.of(type.uid);
    const { limit, maxAge, fallback } = options;
    const decisions = curation ?? NO_DECISIONS;
    const query = await shownFields(permissions, type);
    const access = new EditorDocuments(this.options.strapi, permissions, type);
    const page = await this.options.suggestions.find(type, from, {
      query,
      start: 0,
      limit: limit + decisions.pins.length + more,
      related: { explain: true, ...(maxAge && { maxAge }) },
      decisions,
      visibility,
      access,
      readForReasons: reasonsForEditor(this.textsFor(permissions, locale), type, from),
    });
    const entries = await this.entries(permissions, source, curation);
    const unread = form
      ? form.unread
      : this.options.documents.unreadOf(type.uid, documentId, locale);
    const { ready, indexed, total } = this.options.progress(type.uid);
    // The cache may not know yet what another instance decided a moment ago.
    const filling = { query, visibility, access, exclude: decisions.exclusions };
    const [filled] = await filledForEditors(this.options.fallbacks, type, [{ source: from, page }], options, filling); // prettier-ignore
    const lists = panelRows(type, filled, entries.pins, limit, visibility);
    const response: FindSuggestionsResponse = {
      data: {
        ...lists,
        exclusions: entries.exclusions,
      },
      meta: {
        limit,
        fallback,
        total: page.total,
        body: bodyOf(type, {
          attributes: this.options.strapi.contentType(type.uid as UID.ContentType)
            .attributes as unknown as Schema['attributes'],
          // A field they may not read is empty in the form; inserting a link would overwrite it.
          mayChange: (name) =>
            visibility.mayRead(name) && permissions.mayWrite(type.uid, row, name),
          entity: form?.entity ?? null,
        }),
        picked: await pickedField(
          this.options.strapi,
          permissions,
          entry,
          form?.entity ?? null,
          lists.rows,
        ),
        missing: form ? await missingOf(type, form, visibility) : [],
        unread: unread?.part ?? null,
        isLive: visibility.readsAllFields,
        isPartial: !visibility.readsAllEntries,
        curation: await this.options.curating.state(permissions, editor, entry, curation),
        ...(!ready && { index: { percent: percentOf(indexed, total) } }),
      },
    };
    return { response, entity: form?.entity ?? null };
  }

  /**
   * Finds published entries that are related to a text that is not an entry.
   *
   * @param limit Default: as many as readers see.
   * @throws ForbiddenError if the editor may not read all that counts: they could find hidden words by trying them.
   */
  async listForText(
    permissions: EditorPermissions,
    type: RelatedType,
    text: { title: string; text: string; locale: string | null },
    limit = this.options.options.of(type.uid).limit,
  ): Promise<PanelRow[]> {
    const visibility = await editorVisibility(permissions, type, text.locale);
    if (!visibility.readsAllFields) {
      throw new errors.ForbiddenError(`Suggestions for texts need the right to read everything that lists of ${type.uid} are based on`); // prettier-ignore
    }
    const { maxAge } = this.options.options.of(type.uid);
    const source = await textSource(this.options.documents, type, text);
    const page = await this.options.suggestions.find(type, source, {
      query: await shownFields(permissions, type),
      start: 0,
      limit,
      related: { explain: true, ...(maxAge && { maxAge }) },
      decisions: NO_DECISIONS,
      visibility,
      access: new EditorDocuments(this.options.strapi, permissions, type),
      readForReasons: reasonsForEditor(this.textsFor(permissions, text.locale), type, source),
    });
    return panelRows(type, page, [], limit, visibility).rows;
  }

  private textsFor(permissions: EditorPermissions, locale: string | null): EditorTexts {
    return new EditorTexts(this.options.reader, permissions, locale);
  }

  /** @throws ValidationError when the form holds values that no entry can have. */
  private async form(
    permissions: EditorPermissions,
    { type, documentId, locale, row }: OpenEntry,
    { values, relations, copied }: UnsavedChanges & Pick<ListRequest, 'copied'>,
    { readsAllFields, mayRead }: Visibility,
  ): Promise<{ entity: Entity; document: EngineDocument; unread: UnreadText | null }> {
    const base = row ?? copied;
    const texts = this.textsFor(permissions, locale);
    const saved: Entity = {
      ...(base && (await texts.draft(type, base.documentId, locale))),
      documentId: documentId ?? '',
      locale,
    };
    // Otherwise an editor could find words in hidden fields, and in names of related entries, by trying them.
    const offered = Object.entries(readsAllFields ? (values ?? {}) : {}).filter(([name]) =>
      mayRead(name),
    );
    const changes = {
      values: Object.fromEntries(offered),
      ...(readsAllFields && { relations }),
    };
    const entity = await applyUnsavedChanges(
      this.options.strapi,
      permissions,
      type,
      row,
      saved,
      changes,
    );
    const { documents } = this.options;
    return { entity, ...(await documents.readUnsaved(type, entity)) };
  }

  /** Pins and exclusions with their titles and states. */
  private async entries(
    permissions: EditorPermissions,
    source: CurationSource,
    curation: Curation | null,
  ): Promise<{ pins: Pin[]; exclusions: PanelEntry[] }> {
    if (!curation) return { pins: [], exclusions: [] };
    const { pins, exclusions } = curation;
    const ids = documentIdsOf([...pins, ...exclusions]);
    const entryOf = await this.options.history.entryOf(permissions, source, ids);
    return {
      pins: pins.map(({ documentId, until = null }) => ({ ...entryOf(documentId), until })),
      exclusions: documentIdsOf(exclusions).map(entryOf).map(toPanelEntry),
    };
  }
}

async function missingOf(
  type: RelatedType,
  { entity, unread }: { entity: Entity; unread: UnreadText | null },
  { mayRead, readsAllFields }: Visibility,
): Promise<string[]> {
  const relations = watchedRelations(type)
    // Lists do not need it: nothing is missing if nobody has picked.
    .filter(({ attribute }) => attribute !== type.picked?.attribute)
    .map(({ attribute }) => attribute)
    .filter((attribute) => mayRead(attribute) && entriesOf(entity[attribute]).length === 0);
  // If reading timed out, there clearly is text; don't read it again.
  if (!readsAllFields || unread) return relations;
  const { text } = await runInSlices(readVisible(type, entity));
  const words = text.split(/\s+/).filter(Boolean).length;
  return words < FEW_WORDS ? ['text', ...relations] : relations;
}
