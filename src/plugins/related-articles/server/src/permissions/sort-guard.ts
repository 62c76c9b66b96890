import { isPrivate } from '../config/private-attributes';
import { leadingAttribute, type Paths, type Place } from './query-paths';
import { checkNames, checkNesting, isObject, preview, refuse, unknownKey } from './query-refusal';
import { attributeOf, lacks, leads } from './schema-path';

/** How many attributes all sorts of a query may name. Strapi keeps the value of each for every row that it joins. */
const MAX_TERMS = 10;
/** Types of columns by which no legitimate query sorts. */
const UNSORTABLE = ['json', 'blocks', 'richtext'];

const isOrder = (value: unknown): boolean =>
  typeof value === 'string' && /^(?:asc|desc)$/i.test(value);

/** Where a part of a sort is. */
interface Within {
  overRelations: boolean;
  nesting: number;
  /** The relations before it, with a dot after each. */
  before: string;
}

/** Limits `sort` to few and short columns, and keeps it from looking at drafts. */
export class SortGuard {
  private terms = 0;
  /** What one sort names. */
  private named: string[] = [];

  constructor(private readonly paths: Paths) {}

  /** @param overRelations Whether attributes of other types can be named. */
  check(sort: unknown, place: Place, overRelations = true, nesting = 0): void {
    this.named = [];
    this.part(sort, place, { overRelations, nesting, before: '' });
    const twice = this.named.find((name, at) => this.named.indexOf(name) !== at);
    // Next to a relation, Strapi would select the column twice under one name, which PostgreSQL and MariaDB refuse.
    if (twice !== undefined && this.named.some((name) => name.includes('.'))) {
      refuse(place.path, `"${twice}" is named twice`);
    }
  }

  private part(sort: unknown, place: Place, { overRelations, nesting, before }: Within): void {
    checkNesting(nesting, place.path);
    if (typeof sort === 'string') {
      for (const part of sort.split(',', MAX_TERMS + 1)) {
        const [dotted, order = 'asc', ...more] = part.split(':');
        if (more.length > 0 || !isOrder(order)) {
          refuse(place.path, `expected asc or desc, got ${preview(part)}`);
        }
        this.by(dotted.trim().split('.'), place, overRelations, before);
      }
    } else if (Array.isArray(sort)) {
      for (const part of sort)
        this.part(part, place, { overRelations, nesting: nesting + 1, before });
    } else if (isObject(sort)) {
      for (const [name, order] of Object.entries(sort)) {
        const path = `${place.path}[${name}]`;
        checkNames(name, path);
        if (isObject(order)) {
          const next = this.over(name, { ...place, path }, overRelations);
          this.part(order, next, {
            overRelations: true,
            nesting: nesting + 1,
            before: `${before}${name}.`,
          });
        } else {
          if (!isOrder(order)) refuse(path, `expected asc or desc, got ${preview(order)}`);
          this.by([name], { ...place, path }, overRelations, before);
        }
      }
    }
  }

  private by(names: readonly string[], place: Place, overRelations: boolean, before: string): void {
    const whole = before + names.join('.');
    // Strapi leaves out empty names.
    if (whole === '') return;
    if (/[[\]]/.test(whole)) refuse(place.path, `there is no ${preview(whole)}`);
    this.named.push(whole);
    this.terms += 1;
    if (this.terms > MAX_TERMS) {
      refuse(place.path, `expected at most ${MAX_TERMS} attributes to sort by`);
    }
    const relations = names.slice(0, -1);
    let at = place;
    for (const name of relations) at = this.over(name, at, overRelations);
    const last = names[names.length - 1];
    checkNames(last, place.path);
    // Behind polymorphic relations, Strapi does not look at names.
    if (isPrivate(at.schema, last)) throw unknownKey(last, place);
    const attribute = attributeOf(at.schema, last);
    const isUnsortable = attribute && (leads(attribute) || UNSORTABLE.includes(attribute.type));
    // By a component's own attribute of that name, Strapi's sort by status fails.
    const isStatus = last === 'status' && at.schema.modelType === 'component';
    if (isUnsortable || isStatus || lacks(at.schema, last)) {
      refuse(place.path, `cannot sort by "${last}"`);
    }
  }

  private over(name: string, place: Place, isAllowed: boolean): Place {
    checkNames(name, place.path);
    if (isPrivate(place.schema, name)) throw unknownKey(name, place);
    if (!isAllowed) refuse(place.path, `expected an attribute of the entry itself, not "${name}"`);
    const attribute = leadingAttribute(place, name);
    const next = attribute && this.paths.join(name, attribute, place);
    if (!next) refuse(place.path, `"${name}" leads to nothing you can sort by`);
    return next;
  }
}
