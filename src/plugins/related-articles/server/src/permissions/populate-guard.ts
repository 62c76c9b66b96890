import type { Core } from '@strapi/strapi';

import type { FilterGuard } from './filter-guard';
import type { QueryBudget } from './query-budget';
import { leadingAttribute, type Paths, type Place } from './query-paths';
import { checkNames, checkNesting, isCount, isObject, preview, refuse } from './query-refusal';
import { attributeOf, lacks, leads, schemaOf, targetOf } from './schema-path';
import type { SortGuard } from './sort-guard';

/** What Strapi takes for no count. */
const NO_COUNT: unknown[] = [undefined, null, '', false, 'false', 'f', '0', 0];

/** The options that a populate may have for a relation. */
const KEYS = ['fields', 'filters', 'sort', 'populate', 'on', 'count', 'start', 'limit'];

export interface PopulateGuardOptions {
  strapi: Core.Strapi;
  paths: Paths;
  filters: FilterGuard;
  sorts: SortGuard;
  budget: QueryBudget;
}

/** Limits the rows of `populate`, keeps drafts out, and applies the same rules to the options of each relation. */
export class PopulateGuard {
  constructor(private readonly options: PopulateGuardOptions) {}

  check(populate: unknown, place: Place, nesting = 0): void {
    checkNesting(nesting, place.path);
    if (populate === true || populate === '*' || populate === 'true') this.all(place);
    else if (typeof populate === 'string') {
      for (const part of populate.split(',')) this.dotted(part, place);
    } else if (Array.isArray(populate)) {
      for (const part of populate) this.check(part, place, nesting + 1);
    } else if (isObject(populate)) {
      for (const [name, value] of Object.entries(populate)) {
        this.named(name, value, { ...place, path: `${place.path}[${name}]` }, nesting);
      }
    }
  }

  private all(place: Place): void {
    for (const [name, attribute] of Object.entries(place.schema.attributes)) {
      if (leads(attribute)) this.options.paths.populate(name, attribute, place);
    }
  }

  private dotted(text: string, place: Place): void {
    let places: Place[] = [place];
    for (const [i, name] of text.trim().split('.').entries()) {
      checkNames(name, place.path);
      if (name === '*') return places.forEach((at) => this.all(at));
      const next = places.flatMap((at) => {
        const attribute = leadingAttribute(at, name);
        return attribute ? this.options.paths.populate(name, attribute, at) : [];
      });
      // Leave unknown attributes of the root to Strapi.
      const isKnown = places.some((at) => leadingAttribute(at, name));
      if (i > 0 && !isKnown) refuse(place.path, `"${name}" leads to nothing in ${preview(text)}`);
      places = next;
    }
  }

  private named(name: string, value: unknown, place: Place, nesting: number): void {
    checkNames(name, place.path);
    const attribute = attributeOf(place.schema, name);
    if (!attribute) return;
    if (!isObject(value)) {
      if (leads(attribute)) this.options.paths.populate(name, attribute, place);
      return;
    }
    if (!leads(attribute)) return this.with(value, place, nesting + 1);
    const isZone = attribute.type === 'dynamiczone';
    const isPolymorphic =
      attribute.type === 'relation' && !targetOf(this.options.strapi, attribute);
    const on = isZone || isPolymorphic ? this.typesIn(value.on, place.path) : undefined;
    const places = this.options.paths.populate(name, attribute, place, {
      fields: value.fields,
      on,
    });
    if (isPolymorphic) {
      // Options for all types at once cannot be checked before the types are known.
      const loose = Object.keys(value).find((key) => !['on', 'fields'].includes(key));
      if (loose) refuse(`${place.path}[${loose}]`, 'expected it under [on][type]');
    } else for (const at of places) this.with(value, at, nesting + 1);
    for (const at of places) {
      const inner = on?.[at.schema.uid];
      const path = `${place.path}[on][${at.schema.uid}]`;
      if (isObject(inner)) this.with(inner, { ...at, path }, nesting + 2);
    }
  }

  private typesIn(on: unknown, path: string): Record<string, unknown> | undefined {
    if (on === undefined) return undefined;
    if (!isObject(on)) refuse(`${path}[on]`, 'expected [on][type]');
    const unknown = Object.keys(on).find((uid) => !schemaOf(this.options.strapi, uid));
    if (unknown !== undefined) refuse(`${path}[on]`, `there is no type ${preview(unknown)}`);
    return on;
  }

  private with(value: Record<string, unknown>, place: Place, nesting: number): void {
    const { path } = place;
    const unknown = Object.keys(value).find((key) => !KEYS.includes(key));
    if (unknown) refuse(`${path}[${unknown}]`, `expected one of ${KEYS.join(', ')}`);
    const beside = Object.keys(value).find((key) => !['count', 'filters', 'on'].includes(key));
    // Strapi would sort and populate rows that the database has grouped.
    if (beside && !NO_COUNT.includes(value.count)) {
      refuse(`${path}[${beside}]`, 'expected nothing but filters next to count');
    }
    for (const key of ['start', 'limit']) {
      if (!isCount(value[key])) refuse(`${path}[${key}]`, 'expected a number of rows');
    }
    checkNames(value.fields, `${path}[fields]`);
    const missing = namesIn(value.fields).find((name) => lacks(place.schema, name));
    if (missing) refuse(`${path}[fields]`, `there is no "${missing}"`);
    const row = this.options.budget.joinedFrom(place.row, place.schema.uid);
    this.options.filters.check(value.filters, { ...place, row, path: `${path}[filters]` }, nesting);
    this.options.sorts.check(value.sort, { ...place, row, path: `${path}[sort]` }, false, nesting);
    this.check(value.populate, { ...place, path: `${path}[populate]` }, nesting);
  }
}

/** Returns names as a list. Strapi takes a list, or one name, or several with commas. */
const namesIn = (fields: unknown): string[] =>
  [fields].flat().flatMap((one) => (typeof one === 'string' ? one.split(',') : [])).map((name) => name.trim()); // prettier-ignore
