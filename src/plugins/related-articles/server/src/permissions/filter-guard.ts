import type { LimitsConfig } from '../config/schema';
import { isPrivate } from '../config/private-attributes';
import type { QueryBudget } from './query-budget';
import type { Paths, Place } from './query-paths';
import { checkNames, checkNesting, isObject, refuse, unknownKey } from './query-refusal';
import { isSearch, isText, readsText, rulesFor, type ValueRules } from './query-values';
import { attributeOf, lacks, leads } from './schema-path';

const isGroup = (key: string): boolean => key === '$and' || key === '$or';
const isComparison = (key: string): boolean =>
  key.startsWith('$') && !isGroup(key) && key !== '$not';

/** What a comparison is about. */
interface Compared {
  place: Place;
  path: string;
  rules: ValueRules;
  /** The attribute, if it is text. */
  text: { uid: string; name: string } | null;
}

/** Restricts `filters` to what every database can answer in bounded time, without reading drafts. */
export class FilterGuard {
  private conditions = 0;

  constructor(
    private readonly paths: Paths,
    private readonly limits: LimitsConfig,
    private readonly budget: QueryBudget,
  ) {}

  check(filters: unknown, place: Place, nesting = 0): void {
    checkNesting(nesting, place.path);
    if (filters === undefined || filters === null) return;
    if (!isObject(filters)) refuse(place.path, 'expected [attribute][operator]=value');
    for (const [key, value] of Object.entries(filters)) {
      const path = `${place.path}[${key}]`;
      checkNames(key, path);
      if (isGroup(key)) this.group(value, { ...place, path }, nesting);
      else if (key === '$not') {
        if (!isObject(value)) refuse(path, 'expected a condition');
        this.check(value, { ...place, path, isNegated: true }, nesting + 1);
      } else if (key.startsWith('$')) {
        refuse(path, 'expected an attribute before an operator');
      } else this.attribute(key, value, { ...place, path }, nesting);
    }
  }

  private group(value: unknown, place: Place, nesting: number): void {
    if (!Array.isArray(value) || !value.every(isObject)) {
      refuse(place.path, 'expected a list of conditions');
    }
    checkNesting(nesting + 1, place.path);
    for (const part of value) this.check(part, place, nesting + 2);
  }

  private attribute(name: string, value: unknown, place: Place, nesting: number): void {
    const attribute = attributeOf(place.schema, name);
    const { path } = place;
    const rules = rulesFor(name, attribute);
    const text = attribute && isText(attribute) ? { uid: place.schema.uid, name } : null;
    // Use Strapi's error for unknown attributes, so that nothing reveals that hidden ones exist.
    const isHidden = attribute && isPrivate(place.schema, name);
    if (isHidden || lacks(place.schema, name)) throw unknownKey(name, place);
    const compared = { place, path, rules, text };
    if (!attribute || !leads(attribute)) return this.operators(value, compared, nesting);
    // Strapi checks the presence of a component on the row itself, and that of other targets over the relation.
    const next = this.paths.join(name, attribute, place, isObject(value) ? value : {});
    if (!next) refuse(path, `"${name}" leads to several types, so you cannot filter by it`);
    if (!isObject(value)) return this.operators(value, compared, nesting);
    this.related(value, next, nesting + 1);
  }

  /** Checks what follows a relation: Strapi takes attributes, one group, or one operator for ids, never mixed. */
  private related(value: Record<string, unknown>, place: Place, nesting: number): void {
    const keys = Object.keys(value);
    const special = keys.find((key) => key.startsWith('$'));
    if (special === undefined) return this.check(value, place, nesting);
    const path = `${place.path}[${special}]`;
    if (special === '$not') refuse(path, 'expected $not before the relation');
    if (keys.length > 1) {
      refuse(path, 'expected nothing else next to it, or $and before the relation');
    }
    if (isComparison(special)) {
      const rules = rulesFor('id', undefined);
      return this.operator(special, value[special], { place, path, rules, text: null }, nesting); // prettier-ignore
    }
    const parts = value[special];
    if (!Array.isArray(parts) || !parts.every(isObject)) {
      refuse(path, 'expected a list of conditions');
    }
    for (const part of parts) this.related(part, { ...place, path }, nesting + 1);
    if (parts.some((part) => Object.keys(part).some(isComparison))) {
      refuse(path, 'expected attributes of what the relation leads to');
    }
  }

  /** Checks what a column is compared with. */
  private operators(value: unknown, compared: Compared, nesting: number): void {
    checkNesting(nesting, compared.path);
    // A list without an operator stands for `$in`.
    if (!isObject(value)) {
      return this.operator(Array.isArray(value) ? '$in' : '$eq', value, compared, nesting);
    }
    for (const [key, inner] of Object.entries(value)) {
      const path = `${compared.path}[${key}]`;
      if (!key.startsWith('$')) refuse(path, 'expected an operator such as $eq');
      this.operator(key, inner, { ...compared, path }, nesting + 1);
    }
  }

  private operator(name: string, value: unknown, compared: Compared, nesting: number): void {
    const { path, rules, place, text } = compared;
    if (name === '$not') return this.operators(value, compared, nesting + 1);
    if (isGroup(name)) refuse(path, `expected ${name} before the attribute`);
    this.conditions += 1;
    const { conditions } = this.limits;
    if (this.conditions > conditions) refuse(path, `expected at most ${conditions} conditions`);
    const problem = rules.problemOf(name, value);
    if (problem) refuse(path, problem);
    if (text && readsText(name)) {
      this.budget.search(place.row, text, isSearch(name) ? value : '', path);
    } else this.budget.compare(place.row, path);
  }
}
