import type { Core } from '@strapi/strapi';

import type { BrokenLink, FindLinksResponse, PanelRow } from '../../../../shared/contracts';
import type { RelatedType } from '../../config/resolve';
import { isStorable } from '../../config/storable';
import { textOf, type Entity } from '../../content/entity';
import {
  linkableBlocks,
  linkableHtml,
  linkableMarkdown,
  type Linkable,
  type PlacedLink,
} from '../../content/extract/linkable';
import { addressOf, isOnSite, linkedKey, readVisible } from '../../content/mapper';
import type { RowReader } from '../../content/row-reader';
import { rowsIn, rowsOf } from '../../content/rows';
import { NO_DECISIONS } from '../../curations/curation';
import type { Editor } from '../../curations/curation-repository';
import { NO_ENTRY } from '../../engine/engine';
import { runInSlices } from '../../engine/steps';
import { rowsFor } from '../../permissions/documents';
import { EditorDocuments } from '../../permissions/editor-documents';
import type { EditorPermissions } from '../../permissions/editor-permissions';
import { editorVisibility } from '../../permissions/visibility';
import type { Analyzers } from '../analyzers';
import type { SuggestionsService } from '../suggestions';
import { EditorTexts } from './editor-texts';
import { findPhrases } from './link-phrases';
import type { ListRequest, OpenEntry, PanelService } from './panel';
import { shownFields } from './shown-fields';

/** How many candidates after the list are considered as well. */
const MORE = 5;
/** How many different link targets of a text are looked up. */
const MAX_KEYS = 500;
/** How many broken links are reported, and for how many of them a new target is looked for. */
const MAX_BROKEN = 50;
const MAX_FIXES = 10;

export interface LinksOptions {
  strapi: Core.Strapi;
  panel: PanelService;
  suggestions: SuggestionsService;
  analyzers: Analyzers;
  reader: RowReader;
}

/** Finds what the text in an editor's form could link to, and which of its links are broken. */
export class LinksService {
  constructor(private readonly options: LinksOptions) {}

  async find(
    permissions: EditorPermissions,
    editor: Pick<Editor, 'id'>,
    entry: OpenEntry,
    { changes, copied }: ListRequest & { changes: object },
  ): Promise<FindLinksResponse> {
    const { panel, analyzers } = this.options;
    const { type, locale } = entry;
    const request = { changes, copied, more: MORE };
    const { response, entity } = await panel.listWithForm(permissions, editor, entry, request);
    const { data, meta } = response;
    const { body } = meta;
    if (!entity || !body) {
      return { data: { proposals: [], broken: [] }, meta: { body: null } };
    }
    const value = entity[body.attribute];
    const linkable = linkableIn(value, body.format);

    const isLinked = linkedBy(type, entity, linkable);
    const rows = [...data.rows, ...data.more].filter(mayBeLinked).filter((row) => !isLinked(row));
    const texts = await this.textsOf(permissions, entry, rows);
    const targets = rows.map(({ reference, title, explanation }) => {
      const text = texts.get(reference) ?? '';
      return { reference, title: title as string, terms: explanation?.terms ?? [], text };
    });
    const analyzer = analyzers.of(type, locale);
    const phrases = await runInSlices(findPhrases(linkable.parts, targets, analyzer));
    const proposals = rows.flatMap(({ reference, title, url, strength }) => {
      const places = phrases.get(reference);
      if (!places) return [];
      return [{ reference, title: title as string, url: url as string, strength, places }];
    });
    const broken = await this.broken(permissions, type, entity, linkable.links);
    return { data: { proposals, broken }, meta: { body } };
  }

  /** Published texts as far as the editor may read them. */
  private async textsOf(
    permissions: EditorPermissions,
    { type, locale }: OpenEntry,
    rows: readonly PanelRow[],
  ): Promise<Map<string, string>> {
    const mayRead = permissions.readable(type);
    const ids = rows.map(({ reference }) => reference);
    const texts = new Map<string, string>();
    const given = new EditorTexts(this.options.reader, permissions, locale);
    for (const entity of await given.published(type, ids)) {
      const { text } = await runInSlices(readVisible(type, entity, mayRead));
      texts.set(entity.documentId, text);
    }
    return texts;
  }

  /** Links to entries of the type that readers do not get. */
  private async broken(
    permissions: EditorPermissions,
    type: RelatedType,
    entity: Entity,
    links: readonly PlacedLink[],
  ): Promise<BrokenLink[]> {
    const named = links.flatMap((link) => {
      const { address = link.target } = link;
      const key = isOnSite(type, entity, address) ? linkedKey(type, entity, address) : null;
      return key === null ? [] : [{ link, key }];
    });
    if (named.length === 0) return [];
    const keys = [...new Set(named.map(({ key }) => key))].filter(isPossible).slice(0, MAX_KEYS);
    const served = await this.keysOf(permissions, type, entity, keys, 'published');
    const looked = new Set(keys);
    const isLost = (key: string) => !served.has(key) && (looked.has(key) || !isPossible(key));
    const lost = named.filter(({ key }) => isLost(key)).slice(0, MAX_BROKEN);
    if (lost.length === 0) return [];
    const lostKeys = lost.map(({ key }) => key).filter(isPossible);
    const drafts = await this.keysOf(permissions, type, entity, lostKeys, 'draft');
    const { readsAllFields } = await editorVisibility(permissions, type, entity.locale ?? null);
    // A fix would reveal which entry has certain words in a field that the editor may not read.
    const nearest = readsAllFields ? await this.nearestBy(permissions, type, entity) : null;
    const broken: BrokenLink[] = [];
    for (const [at, { link, key }] of lost.entries()) {
      const { path, start, end, target, text } = link;
      const reason = drafts.has(key) ? 'unpublished' : 'missing';
      const words = `${text} ${key.replace(/[-_]+/g, ' ')}`;
      const fix = nearest && at < MAX_FIXES ? await nearest(words) : null;
      broken.push({ path, start, end, target, text, reason, fix });
    }
    return broken;
  }

  /** Returns which of these slugs and documentIds exist: published ones for readers, drafts for this editor. */
  private async keysOf(
    permissions: EditorPermissions,
    type: RelatedType,
    { locale }: Entity,
    keys: readonly string[],
    status: 'draft' | 'published',
  ): Promise<Set<string>> {
    if (keys.length === 0) return new Set();
    const { strapi } = this.options;
    const { slug, uid } = type;
    const mayUseSlug = status === 'published' || (slug && permissions.readable(type)(slug));
    const names = ['documentId', ...(slug && mayUseSlug ? [slug] : [])];
    const isNamed = { $or: names.map((name) => ({ [name]: { $in: [...keys] } })) };
    const rows: Record<string, unknown>[] =
      status === 'published'
        ? await rowsOf<Record<string, unknown>>(strapi, uid).findMany({
            select: names,
            where: { ...isNamed, ...rowsIn(type, status, locale) },
          })
        : await permissions.findMany(uid, {
            fields: names,
            filters: { $and: [await permissions.filters(uid), isNamed] },
            status,
            limit: rowsFor(keys),
            ...(type.localized && { locale }),
          });
    return new Set(rows.flatMap((row) => names.map((name) => textOf(row[name]))).filter(Boolean));
  }

  /** Returns a function that finds the entry a broken link most likely means, by the words of its text and URL. */
  private async nearestBy(
    permissions: EditorPermissions,
    type: RelatedType,
    { documentId, locale = null }: Entity,
  ): Promise<(words: string) => Promise<BrokenLink['fix']>> {
    const request = {
      query: await shownFields(permissions, type),
      start: 0,
      limit: 1,
      related: { exclude: [{ uid: type.uid, documentId }] },
      decisions: NO_DECISIONS,
      visibility: await editorVisibility(permissions, type, locale),
      access: new EditorDocuments(this.options.strapi, permissions, type),
      readForReasons: async () => new Map(),
    };
    return async (words) => {
      const entity: Entity = { documentId: NO_ENTRY, locale, [type.title]: words.trim() };
      const source = { documentId: NO_ENTRY, locale, status: 'draft' as const, entity };
      const { documents } = await this.options.suggestions.find(type, source, request);
      const [document] = documents as unknown as Entity[];
      const url = document && addressOf(type, { ...document, locale });
      if (!url) return null;
      return { reference: document.documentId, title: textOf(document[type.title]), url };
    };
  }
}

const isPossible = (key: string): boolean => key.length <= 255 && isStorable(key);

function linkableIn(
  value: unknown,
  format: NonNullable<FindLinksResponse['meta']['body']>['format'],
): Linkable {
  if (format === 'blocks') return linkableBlocks(value);
  return format === 'html' ? linkableHtml(textOf(value)) : linkableMarkdown(textOf(value));
}

/** Whether the text links to an entry already. */
function linkedBy(type: RelatedType, entity: Entity, { links }: Linkable) {
  const keys = new Set(
    links.map(({ target, address = target }) => linkedKey(type, entity, address)),
  );
  return ({ reference, url, isLinked }: PanelRow) =>
    isLinked || keys.has(reference) || (url !== null && keys.has(linkedKey(type, entity, url)));
}

const mayBeLinked = ({ title, url, state, strength }: PanelRow): boolean =>
  Boolean(title) && url !== null && state === 'published' && strength !== 'weak';
