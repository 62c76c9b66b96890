import type { Core } from '@strapi/strapi';

import { CURATION, CURATION_EVENT } from '../curations/curation';
import { SETTING } from '../settings/setting';
import { STORED } from './stored';

/** Kept out of the content manager and the content-type builder: the panel is where they are edited. */
const hidden = {
  'content-manager': { visible: false },
  'content-type-builder': { visible: false },
};

/** The document that has the list: strings, which outlive rows and numeric ids, and survive export and import. */
const source = {
  sourceType: { type: 'string', required: true },
  sourceId: { type: 'string', required: true },
  /** Empty for a type without locales. */
  sourceLocale: { type: 'string' },
};
const sourceColumns = ['source_type', 'source_id', 'source_locale'];

const rules = {
  /** When pins end: ISO dates by documentId. */
  pinEnds: { type: 'json' },
  /** Whether the document itself is left out of all lists. */
  hidden: { type: 'boolean' },
};

/** What editors decided about one document's suggestions in one locale. */
const curation = {
  kind: 'collectionType',
  collectionName: 'related_articles_curations',
  info: {
    singularName: CURATION.name,
    pluralName: `${CURATION.name}s`,
    displayName: 'Related articles: curation',
  },
  options: { draftAndPublish: false },
  pluginOptions: hidden,
  indexes: [{ name: 'related_articles_curations_uq', columns: sourceColumns, type: 'unique' }],
  attributes: {
    ...source,
    /** documentIds in the editor's order. */
    pins: { type: 'json' },
    exclusions: { type: 'json' },
    ...rules,
    /** Grows by one with every change: an editor who saw an older revision must not overwrite it. */
    revision: { type: 'integer', required: true },
    /** Who changed it last, by name. */
    editor: { type: 'string' },
  },
};

/** The audit trail: one row for every change of a curation; it stays when the curation is removed. */
const event = {
  kind: 'collectionType',
  collectionName: 'related_articles_curation_events',
  info: {
    singularName: CURATION_EVENT.name,
    pluralName: `${CURATION_EVENT.name}s`,
    displayName: 'Related articles: curation event',
  },
  options: { draftAndPublish: false },
  pluginOptions: hidden,
  indexes: [{ name: 'related_articles_curation_events_idx', columns: sourceColumns }],
  attributes: {
    ...source,
    /** changed, ended (a pin expired), copied (from a cloned document) or removed (with the document). */
    action: { type: 'string', required: true },
    revision: { type: 'integer' },
    /** The curation as it was after the change. */
    pins: { type: 'json' },
    exclusions: { type: 'json' },
    ...rules,
    /** documentIds about which others had just decided the same; '' for whether the document is hidden. */
    agreed: { type: 'json' },
    /** The revision that this change undoes. */
    reverts: { type: 'integer' },
    /** The administrator's name and documentId; empty for automatic changes. */
    editor: { type: 'string' },
    editorId: { type: 'string' },
  },
};

/** What was set in the admin panel for one content type. */
const setting = {
  kind: 'collectionType',
  collectionName: 'related_articles_settings',
  info: {
    singularName: SETTING.name,
    pluralName: `${SETTING.name}s`,
    displayName: 'Related articles: settings',
  },
  options: { draftAndPublish: false },
  pluginOptions: hidden,
  indexes: [{ name: 'related_articles_settings_uq', columns: ['target_type'], type: 'unique' }],
  attributes: {
    /** The uid of the content type. */
    targetType: { type: 'string', required: true },
    settings: { type: 'json' },
    revision: { type: 'integer', required: true },
    /** Who set what, newest first. */
    history: { type: 'json' },
  },
};

const MANAGED = /^\/content-(?:manager|type-builder)\//i;

/** Blocks the plugin's types in the content manager's API: it serves hidden ones too, without our checks and masks. */
export function hideFromContentManager(strapi: Core.Strapi): void {
  const uids = STORED.map(({ uid }) => uid);
  strapi.server.use(async (ctx, next) => {
    if (!MANAGED.test(ctx.path)) return next();
    const names = ctx.path.split('/').map(decoded);
    if (names.some((name) => (uids as string[]).includes(name))) return ctx.notFound();
    return next();
  });
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Keeps the plugin's types out of GraphQL, which makes all content types public API unless they opt out. */
export function hideFromGraphQL(strapi: Core.Strapi): void {
  const graphql = strapi.plugins.graphql as Core.Plugin | undefined;
  if (!graphql) return;
  const extension = graphql.service('extension') as unknown as {
    shadowCRUD(uid: string): { disable(): void };
  };
  for (const { uid } of STORED) extension.shadowCRUD(uid).disable();
}

export default {
  [CURATION.name]: { schema: curation },
  [CURATION_EVENT.name]: { schema: event },
  [SETTING.name]: { schema: setting },
};
