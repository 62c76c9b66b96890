import type { Core, UID } from '@strapi/strapi';
import { errors } from '@strapi/utils';

import { getService } from '../services/get-service';

type Schema = Pick<Core.Strapi['contentTypes'][UID.ContentType], 'attributes'> & {
  options?: { draftAndPublish?: boolean };
};

interface Place {
  schema: Schema;
  /** Whether what is reached here is published for certain. */
  published: boolean;
  depth: number;
  path: string;
}

interface Attribute {
  type: string;
  target?: string;
  component?: string;
}

/**
 * Refuses what Strapi would answer with a hint about drafts, a fault or a long silence:
 *
 * - a path from a type without drafts to one with them, such as `filters[category][articles][title]`: Strapi looks
 *   at draft rows there, so that their text could be guessed letter by letter;
 * - `filters` of a shape that fails in the database;
 * - paths over more relations than the option `limits.relationDepth` says, as Strapi's own checks take ever longer.
 *
 * @throws ValidationError (400) that names the parameter.
 */
export function guardQuery(
  strapi: Core.Strapi,
  uid: string,
  query: { fields?: unknown; filters?: unknown; populate?: unknown; sort?: unknown },
): void {
  const schema = strapi.contentType(uid as UID.ContentType);
  const root = { schema, published: true, depth: 0, path: '' };
  const guard = new Guard(strapi);
  guard.names(query.fields, 'fields');
  guard.filters(query.filters, { ...root, path: 'filters' });
  guard.sort(query.sort, { ...root, path: 'sort' });
  guard.populate(query.populate, { ...root, path: 'populate' });
}

class Guard {
  private readonly maxDepth: number;

  constructor(private readonly strapi: Core.Strapi) {
    this.maxDepth = getService(strapi, 'indexing').config.limits.relationDepth;
  }

  /** Names that every object has are no attributes, but pass for some. */
  names(value: unknown, path: string): void {
    for (const name of [value].flat()) {
      if (typeof name === 'string' && name in Object.prototype)
        refuse(path, `there is no "${name}"`);
    }
  }

  filters(filters: unknown, place: Place): void {
    if (Array.isArray(filters)) return filters.forEach((part) => this.filters(part, place));
    if (!isObject(filters)) return;
    for (const [key, value] of Object.entries(filters)) {
      const path = `${place.path}[${key}]`;
      this.names(key, path);
      if (key === '$and' || key === '$or') {
        const parts = Array.isArray(value) ? value : [undefined];
        if (!parts.every(isObject)) refuse(path, 'a list of conditions would be right');
        this.filters(parts, { ...place, path });
      } else if (key === '$not') {
        if (!isObject(value)) refuse(path, 'a condition would be right');
        this.filters(value, { ...place, path });
      } else if (key.startsWith('$')) {
        this.operator(key, value, path);
      } else {
        const next = this.follow(key, { ...place, path });
        if (next) this.filters(value, next);
        else this.operators(value, path);
      }
    }
  }

  /** What a column is compared with. */
  private operators(value: unknown, path: string): void {
    if (!isObject(value)) return this.plain(value, path);
    for (const [key, inner] of Object.entries(value)) {
      if (!key.startsWith('$')) refuse(`${path}[${key}]`, 'an operator such as $eq would be right');
      this.operator(key, inner, `${path}[${key}]`);
    }
  }

  private operator(name: string, value: unknown, path: string): void {
    if (name.startsWith('$json')) refuse(path, 'there is no such operator here');
    if (name === '$not') return this.operators(value, path);
    if (name === '$and' || name === '$or') {
      if (!Array.isArray(value)) refuse(path, 'a list of conditions would be right');
      return value.forEach((part) => this.operators(part, path));
    }
    if (name === '$between' && (!Array.isArray(value) || value.length !== 2)) {
      refuse(path, 'two values would be right');
    }
    this.plain(value, path);
  }

  private plain(value: unknown, path: string): void {
    const isPlain = [value].flat().every((part) => typeof part !== 'object' || part === null);
    if (!isPlain) refuse(path, 'a value would be right');
  }

  sort(sort: unknown, place: Place): void {
    if (typeof sort === 'string') {
      for (const part of sort.split(',')) this.walk(part.split(':')[0], place);
    } else if (Array.isArray(sort)) {
      sort.forEach((part) => this.sort(part, place));
    } else if (isObject(sort)) {
      this.filters(sort, place);
    }
  }

  populate(populate: unknown, place: Place): void {
    if (typeof populate === 'string') {
      for (const part of populate.split(',')) this.walk(part, { ...place, published: true }, true);
    } else if (Array.isArray(populate)) {
      populate.forEach((part) => this.populate(part, place));
    } else if (isObject(populate)) {
      for (const [key, value] of Object.entries(populate)) {
        this.names(key, place.path);
        const path = `${place.path}[${key}]`;
        const next = this.follow(key, { ...place, path }, true);
        if (!isObject(value)) continue;
        const inner = next ?? { ...place, depth: place.depth + 1, path };
        this.names(value.fields, `${path}[fields]`);
        this.filters(value.filters, { ...inner, path: `${path}[filters]` });
        this.sort(value.sort, { ...inner, path: `${path}[sort]` });
        this.populate(value.populate, { ...inner, path: `${path}[populate]` });
        if (isObject(value.on)) this.populate(value.on, { ...inner, path: `${path}[on]` });
      }
    }
  }

  private walk(dotted: string, place: Place, populates = false): void {
    let at: Place | null = place;
    for (const name of dotted.trim().split('.')) {
      this.names(name, place.path);
      at = at && this.follow(name, at, populates);
    }
  }

  /**
   * Where an attribute leads, or `null` when it leads nowhere or Strapi will refuse it.
   *
   * @param populates Strapi populates published rows only: nothing has to be refused for their sake.
   */
  private follow(name: string, place: Place, populates = false): Place | null {
    const { attributes } = place.schema;
    const attribute = Object.hasOwn(attributes, name) ? (attributes[name] as Attribute) : null;
    if (!attribute || !['relation', 'media', 'component', 'dynamiczone'].includes(attribute.type)) {
      // A component named by its uid, as in `populate[zone][on][shared.quote]`.
      const component = this.strapi.components[name as UID.Component];
      return component ? { ...place, schema: component } : null;
    }
    const depth = place.depth + 1;
    if (depth > this.maxDepth) {
      refuse(place.path, `at most ${this.maxDepth} relations may be followed`);
    }
    if (attribute.component) {
      const schema = this.strapi.components[attribute.component as UID.Component];
      return { ...place, schema, depth };
    }
    const target = attribute.target
      ? (this.strapi.contentTypes[attribute.target as UID.ContentType] as Schema | undefined)
      : undefined;
    if (!target) return { ...place, schema: { attributes: {} }, depth };
    const hasDrafts = target.options?.draftAndPublish === true;
    if (hasDrafts && !populates && (!place.published || name === 'localizations')) {
      refuse(place.path, `"${name}" would look at unpublished entries from here`);
    }
    return { ...place, schema: target, published: hasDrafts, depth };
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(path: string, reason: string): never {
  throw new errors.ValidationError(`${path}: ${reason}`);
}
