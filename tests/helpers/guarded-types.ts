import fs from 'node:fs';
import path from 'node:path';
import type { Core, UID } from '@strapi/strapi';
import { appOf } from 'plugin/app';
import type { StrayLinks } from 'plugin/permissions/stray-links';

/** How a type of a test site guards its documents. Files are JavaScript, as Strapi loads them. */
export interface GuardedType {
  name: string;
  /** Default true. */
  draftAndPublish?: boolean;
  /** Whether its entries have locales. Default: false. */
  localized?: boolean;
  /** What `routes/<name>.js` exports. Default: a core router. */
  routes?: string;
  /** What `controllers/<name>.js` exports. Default: a core controller. */
  controller?: string;
  /** `policies/<file>.js` of the type's API. */
  policies?: Record<string, string>;
  /** Besides title and body. Default: a private note, a flag that guards use, and a circle. */
  attributes?: Record<string, object>;
  /** Names of attributes that `options.privateAttributes` keeps out of answers. Default: none. */
  privateAttributes?: readonly string[];
  /** What the content type's `lifecycles.js` exports. Default: none. */
  lifecycles?: string;
}

const factory = (kind: string, uid: string, rest = '') =>
  `require('@strapi/strapi').factories.createCore${kind}('${uid}'${rest})`;

export const uidOf = (name: string): string => `api::${name}.${name}`;
/** @returns The documentId of a published entry of such a type. */
export async function publishIn(
  strapi: Core.Strapi,
  name: string,
  data: Record<string, unknown>,
): Promise<string> {
  const documents = strapi.documents(uidOf(name) as UID.CollectionType);
  return (await documents.create({ data, status: 'published' } as never)).documentId;
}
export const coreController = (name: string, overrides: string): string =>
  factory('Controller', uidOf(name), `, ({ strapi }) => (${overrides})`);

/** A controller whose list changes each entry, `one`. */
export const answering = (name: string, change: string): string =>
  coreController(name, `{ async find(ctx) { const answer = await super.find(ctx); return { ...answer, data: answer.data.map((one) => (${change})) }; } }`); // prettier-ignore

/** A paywall: entries whose title begins with "Premium" come without their text. */
export const paywall = (name: string): string =>
  answering(name, "one.body && one.title?.startsWith('Premium') ? { ...one, body: 'Subscribers only' } : one"); // prettier-ignore

/** Gives the same entries to nobody. */
export const withoutPremium = (name: string): string =>
  coreController(name, "{ async find(ctx) { ctx.query.filters = { $and: [ctx.query.filters ?? {}, { title: { $notContains: 'Premium' } }] }; return super.find(ctx); } }"); // prettier-ignore

/** Writes a content type with a title, a body, a private note and a flag that its guards use. */
export function writeType(appDir: string, type: GuardedType): void {
  const { name, draftAndPublish = true, policies = {} } = type;
  const folder = path.join(appDir, 'src/api', name);
  const write = (file: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  };
  const schema = {
    kind: 'collectionType',
    collectionName: `${name}_table`,
    info: { singularName: name, pluralName: `${name}s`, displayName: name },
    options: { draftAndPublish, privateAttributes: type.privateAttributes ?? [] },
    pluginOptions: { i18n: { localized: type.localized ?? false } },
    attributes: {
      title: { type: 'string' },
      body: { type: 'richtext' },
      ...(type.attributes ?? {
        note: { type: 'richtext', private: true },
        hidden: { type: 'boolean', default: false },
        circle: { type: 'relation', relation: 'manyToOne', target: uidOf('circle') },
      }),
    },
  };
  write(`content-types/${name}/schema.json`, JSON.stringify(schema));
  const asModule = (text: string) => `module.exports = ${text};`;
  if (type.lifecycles) write(`content-types/${name}/lifecycles.js`, asModule(type.lifecycles));
  write(`services/${name}.js`, asModule(factory('Service', uidOf(name))));
  write(`controllers/${name}.js`, asModule(type.controller ?? factory('Controller', uidOf(name))));
  write(`routes/${name}.js`, asModule(type.routes ?? factory('Router', uidOf(name))));
  for (const [file, text] of Object.entries(policies)) {
    write(`policies/${file}.js`, asModule(text));
  }
}

/** Writes a type without drafts to which all the others belong, so that their drafts can be reached from it. */
export function writeCircle(appDir: string, names: readonly string[]): void {
  const folder = path.join(appDir, 'src/api/circle');
  writeType(appDir, { name: 'circle', draftAndPublish: false });
  const file = path.join(folder, 'content-types/circle/schema.json');
  const schema = JSON.parse(fs.readFileSync(file, 'utf8'));
  delete schema.attributes.circle;
  for (const name of names) {
    schema.attributes[`${name}s`] = {
      type: 'relation',
      relation: 'oneToMany',
      target: uidOf(name),
      mappedBy: 'circle',
    };
    // The other side must declare it too.
    const other = path.join(appDir, `src/api/${name}/content-types/${name}/schema.json`);
    const inverse = JSON.parse(fs.readFileSync(other, 'utf8'));
    inverse.attributes.circle.inversedBy = `${name}s`;
    fs.writeFileSync(other, JSON.stringify(inverse));
  }
  fs.writeFileSync(file, JSON.stringify(schema));
}

/** Adds a middleware of the whole application to a site, before all others. */
export function writeMiddleware(appDir: string, name: string, source: string): void {
  const folder = path.join(appDir, 'src/middlewares');
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, `${name}.js`), source);
  const list = path.join(appDir, 'config/middlewares.js');
  fs.appendFileSync(list, `\n(exports.default ?? module.exports).unshift('global::${name}');`);
}

/** Lets links to drafts be looked for anew; returns what looks for them. */
export function forgetStrays(strapi: Core.Strapi): StrayLinks {
  const { guard } = appOf(strapi);
  const Strays = guard.strays.constructor as typeof StrayLinks;
  guard.strays = new Strays(strapi);
  return guard.strays;
}
