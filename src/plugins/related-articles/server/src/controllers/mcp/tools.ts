import type { Core } from '@strapi/strapi';
import { errors, type z as Zod } from '@strapi/utils';

import type { PanelRow } from '../../../../shared/contracts';
import { appOf } from '../../app';
import type { RelatedType } from '../../config/resolve';
import { isStorable } from '../../config/storable';
import { CURATE, READ_OVERVIEW, READ_SUGGESTIONS } from '../../constants';
import type { Editor } from '../../curations/curation-repository';
import type { EditorPermissions } from '../../permissions/editor-permissions';
import { MAX_REFERENCE_LENGTH } from '../rest/parameters';
import { savedEntry } from '../panel/editing';

/** Who calls a tool. */
export interface Caller {
  permissions: EditorPermissions;
  editor(): Promise<Editor>;
}

export interface Tool {
  name: string;
  title: string;
  description: string;
  /** The admin permission that it needs, besides those of the content manager for what it reads and writes. */
  action: string;
  input: Zod.ZodObject;
  output: Zod.ZodObject;
  run(caller: Caller, args: never): Promise<Record<string, unknown>>;
}

/** How many entries a page has. */
const PAGE_SIZE = 20;

interface Place {
  type: string;
  locale?: string;
}

/** @param z Strapi's own zod, with which its MCP server validates. */
export function toolsOf(z: typeof Zod, strapi: Core.Strapi): Tool[] {
  const { types, config } = appOf(strapi);
  const uids = [...types.keys()] as [string, ...string[]];
  const place = {
    type: z.enum(uids).describe('The content type'),
    locale: z.string().max(50).optional().describe('Default: the default locale of the site'),
  };
  const documentId = z
    .string()
    .min(1)
    .max(MAX_REFERENCE_LENGTH)
    .refine(isStorable, 'expected a documentId without control characters')
    .describe('Its documentId, not its slug');
  const limit = z.number().int().min(1).max(20).optional().describe('How many; default: as many as the site shows'); // prettier-ignore
  const suggestion = z.object({
    documentId: z.string(),
    title: z.string().nullable(),
    url: z.string().nullable(),
    origin: z.enum(['pinned', 'picked', 'placed', 'suggested', 'fallback']),
    strength: z.enum(['strong', 'good', 'weak']).nullable(),
    isLinked: z.boolean().describe('Whether the text of the entry links to it already'),
    linksBack: z.boolean().describe('Whether its text links to the entry'),
    sharedWords: z.array(z.string()),
    sharedNames: z.record(z.string(), z.array(z.string())).describe('Shared categories, tags and the like, by relation'), // prettier-ignore
  });
  const suggestions = z.object({
    suggestions: z.array(suggestion),
    isPartial: z.boolean().describe('Whether the index is still being built, so that suggestions may be missing'), // prettier-ignore
  });
  const page = z.number().int().min(1).max(10_000).optional();
  const paged = { total: z.number().int(), page: z.number().int(), isPartial: z.boolean().describe('Whether there are entries or relations that this token may not read') }; // prettier-ignore

  const isPartial = ({ uid }: RelatedType) => !appOf(strapi).index.progress(uid).ready;
  const typeOf = ({ permissions }: Caller, { type: uid }: Place): RelatedType => {
    const type = types.get(uid) as RelatedType;
    if (!permissions.mayRead(uid))
      throw new errors.ForbiddenError(`This token may not read ${uid}`);
    return type;
  };
  const entryOf = (
    permissions: EditorPermissions,
    type: RelatedType,
    { documentId: asked, locale }: Place & { documentId: string },
  ) => {
    return savedEntry(strapi, permissions, type, asked, locale).catch((error) => {
      if (!(error instanceof errors.NotFoundError)) throw error;
      throw new errors.NotFoundError(`There is no such entry: expected a documentId of ${type.uid}, got "${asked}"`); // prettier-ignore
    });
  };
  const entriesOf = async (
    caller: Caller,
    args: Place & { page?: number },
    list: 'orphans' | 'deadLinks',
  ) => {
    const type = typeOf(caller, args);
    const { panel, overview } = appOf(strapi);
    const locale = await panel.localeOf(type, args.locale);
    const start = ((args.page ?? 1) - 1) * PAGE_SIZE;
    const query = { list, sort: 'title' as const, isDescending: false, start, limit: PAGE_SIZE };
    const found = await overview.entries(caller.permissions, type, locale, query);
    const { rows, total, state, isKnowable } = found;
    // An empty list must not stand for "not allowed to know".
    if (!isKnowable) throw new errors.ForbiddenError(`This token may not read everything that the answer is based on, or the index of ${type.uid} does not support it`); // prettier-ignore
    if (state.isTooLarge) throw new errors.ApplicationError(`There are too many entries of ${type.uid} to check all their lists`); // prettier-ignore
    if (state.madeAt === null) throw new errors.ApplicationError('Not known yet: the plugin is checking all lists for the first time. Ask again in a minute'); // prettier-ignore
    return {
      rows,
      told: { total, page: args.page ?? 1, isPartial: state.isPartial || state.isNarrow },
    };
  };

  return [
    {
      name: 'related_to',
      title: 'Related to an entry',
      description: 'What readers see next to an entry: its pins, then what the ranking suggests, best first, with reasons, then entries that only fill the list. Works from the saved draft.', // prettier-ignore
      action: READ_SUGGESTIONS.action,
      input: z.object({ ...place, documentId, limit }),
      output: suggestions,
      async run(caller, args: Place & { documentId: string; limit?: number }) {
        const type = typeOf(caller, args);
        const { permissions } = caller;
        const entry = await entryOf(permissions, type, args);
        const more = Math.max(0, (args.limit ?? 0) - appOf(strapi).options.of(type.uid).limit);
        const { data } = await appOf(strapi).panel.list(permissions, await caller.editor(), entry, { changes: {}, more }); // prettier-ignore
        // Pins beyond the site's own limit are in longer lists.
        const isGiven = ({ state }: PanelRow) =>
          state === 'published' || (state === 'beyond' && more > 0);
        const rows = [...data.rows, ...(more > 0 ? data.more : []), ...data.filled].filter(isGiven);
        return {
          suggestions: rows.slice(0, args.limit).map(suggestionOf),
          isPartial: isPartial(type),
        };
      },
    },
    {
      name: 'related_to_text',
      title: 'Related to a text',
      description: 'Published entries related to a text that isn’t an entry, best first, with reasons. The text is not stored.', // prettier-ignore
      action: READ_SUGGESTIONS.action,
      input: z.object({
        ...place,
        title: z.string().max(500).optional(),
        text: z.string().max(config.limits.textLength).optional(),
        limit,
      }),
      output: suggestions,
      async run(caller, args: Place & { title?: string; text?: string; limit?: number }) {
        const type = typeOf(caller, args);
        const { panel } = appOf(strapi);
        const locale = await panel.localeOf(type, args.locale);
        const { title = '', text = '', limit: most } = args;
        if (!title.trim() && !text.trim()) throw new errors.ValidationError('title, text: expected at least one of them'); // prettier-ignore
        const rows = await panel.listForText(
          caller.permissions,
          type,
          { title, text, locale },
          most,
        );
        return { suggestions: rows.map(suggestionOf), isPartial: isPartial(type) };
      },
    },
    {
      name: 'find_orphans',
      title: 'Entries that nothing suggests',
      description: 'Published entries that are in no other entry’s list: readers reach them only by search or menus. Pin them to related entries with pin_related.', // prettier-ignore
      action: READ_OVERVIEW.action,
      input: z.object({ ...place, page }),
      output: z.object({ ...paged, entries: z.array(z.object({ documentId: z.string(), title: z.string() })) }), // prettier-ignore
      async run(caller, args: Place & { page?: number }) {
        const { rows, told } = await entriesOf(caller, args, 'orphans');
        return { ...told, entries: rows.map(({ documentId: id, title }) => ({ documentId: id, title })) }; // prettier-ignore
      },
    },
    {
      name: 'find_broken_links',
      title: 'Links that lead nowhere',
      description: 'Published entries whose text links to entries of this site that are not there, with the slug or documentId that each link names.', // prettier-ignore
      action: READ_OVERVIEW.action,
      input: z.object({ ...place, page }),
      output: z.object({ ...paged, entries: z.array(z.object({ documentId: z.string(), title: z.string(), links: z.array(z.string()) })) }), // prettier-ignore
      async run(caller, args: Place & { page?: number }) {
        const { rows, told } = await entriesOf(caller, args, 'deadLinks');
        return { ...told, entries: rows.map(({ documentId: id, title, deadLinks }) => ({ documentId: id, title, links: deadLinks })) }; // prettier-ignore
      },
    },
    {
      name: 'pin_related',
      title: 'Pin an entry to another',
      description: 'Pins an entry to the list of another entry, after the pins already there. If the entry is published, readers see it at once, unless earlier pins already fill the list (`limit`), or editors never want it suggested. Refused if an editor has excluded it from the list. Editors see who did it, and can remove the pin.', // prettier-ignore
      action: CURATE.action,
      input: z.object({ ...place, documentId: documentId.describe('The documentId of the entry whose list gets the pin'), pin: documentId.describe('The documentId of the entry to pin, not its slug') }), // prettier-ignore
      output: z.object({ pinned: z.boolean(), pins: z.number().int(), limit: z.number().int() }),
      async run(caller, args: Place & { documentId: string; pin: string }) {
        const type = typeOf(caller, args);
        const { permissions } = caller;
        const saved = await entryOf(permissions, type, args);
        if (!permissions.mayCurate(type.uid, saved.row)) throw new errors.ForbiddenError('This token may not change the list of that entry'); // prettier-ignore
        const { pins } = await appOf(strapi).curating.addPin(permissions, await caller.editor(), saved, { documentId: args.pin }); // prettier-ignore
        const { limit: places } = appOf(strapi).options.of(type.uid);
        return { pinned: pins.some((pin) => pin.documentId === args.pin), pins: pins.length, limit: places }; // prettier-ignore
      },
    },
  ];
}

function suggestionOf(row: PanelRow) {
  const { reference, title, url, strength, isLinked, explanation } = row;
  const origin = row.origin !== 'suggested' ? row.origin : row.isPicked ? 'picked' : row.isPlaced ? 'placed' : 'suggested'; // prettier-ignore
  return {
    documentId: reference,
    title,
    url,
    origin,
    strength,
    isLinked,
    linksBack: explanation?.links.fromSuggestion ?? false,
    sharedWords: explanation?.terms ?? [],
    sharedNames: explanation?.taxonomy ?? {},
  };
}
