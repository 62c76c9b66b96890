import type { Core } from '@strapi/strapi';

import { isPrivate } from '../config/private-attributes';
import type { LimitsConfig } from '../config/schema';
import type { Loaded, QueryBudget, Row } from './query-budget';
import { isObject, refuse } from './query-refusal';
import { attributeOf, hasDrafts, isOpenCreator, leads, schemaOf, targetOf, type Attribute, type Schema } from './schema-path'; // prettier-ignore

/** The place that a part of a query refers to. */
export interface Place {
  schema: Schema;
  /** Whether the rows reached here are published for certain. */
  published: boolean;
  /** The number of relations from the root of the query. */
  depth: number;
  /** The rows that are reached here, for the budget. */
  row: Row;
  path: string;
  /** Whether this is behind a `$not`. */
  isNegated?: boolean;
  /** The components passed since the last entry. */
  parts?: readonly Part[];
}

/** A component of an entry, or of another component. */
export interface Part {
  owner: string;
  name: string;
  component: string;
}

/** A relation over which a condition or a sort looks from a published row at a type with drafts. */
export interface Look {
  uid: string;
  name: string;
  parts: readonly Part[];
  path: string;
  /** The conditions on the related row, if they can also demand that it is published. */
  conditions: Record<string, unknown> | null;
}

/** What a query populates of an attribute. */
export interface Populated {
  /** The attributes that are read; `undefined` for all. */
  fields?: unknown;
  /** The options of individual types under `on`; `undefined` if all types are treated alike. */
  on?: Record<string, unknown>;
}

export interface PathsOptions {
  strapi: Core.Strapi;
  limits: LimitsConfig;
  budget: QueryBudget;
  /** Whether the caller may read drafts anyway. */
  seesDrafts: boolean;
}

/** Follows a query from type to type. */
export class Paths {
  /** The relations that conditions and sorts follow, by the type that they lead to. */
  readonly joined = new Map<string, { name: string; path: string }>();
  /** Where a condition or a sort would meet drafts, if the data is not as Strapi keeps it. */
  readonly looks: Look[] = [];

  constructor(private readonly options: PathsOptions) {}

  /**
   * Returns where an attribute leads a condition or a sort; `null` if it leads to several types.
   *
   * @param conditions What is asked of the related row, for filters.
   * @throws ValidationError (400) if it would look at drafts.
   */
  join(
    name: string,
    attribute: Attribute,
    place: Place,
    conditions?: Record<string, unknown>,
  ): Place | null {
    const next = this.next(name, place);
    const target = targetOf(this.options.strapi, attribute);
    if (!target) return null;
    if (attribute.component)
      return { ...next, schema: target, parts: partsOf(name, place, target) };
    const takesRight = attribute.type === 'relation' && !isOpenCreator(place.schema, name);
    if (takesRight) this.joined.set(target.uid, { name, path: place.path });
    // A published row leads only to published rows, unless the other side points to it, as drafts may do.
    const isPointedAt = ['morphOne', 'morphMany'].includes(attribute.relation ?? '');
    const isSafe = place.published && name !== 'localizations' && !isPointedAt;
    if (hasDrafts(target) && !isSafe && !this.options.seesDrafts) {
      refuse(place.path, `"${name}" would look at unpublished entries from here`);
    }
    // Which rows are related tells nothing of them.
    const asksForIds = conditions && Object.keys(conditions).length === 0;
    if (hasDrafts(target) && !this.options.seesDrafts && !asksForIds) {
      const mayDemand = conditions && !place.isNegated && !isPrivate(target, 'publishedAt');
      const { parts = [], path, schema } = place;
      this.looks.push({ uid: schema.uid, name, parts, path, conditions: mayDemand ? conditions : null }); // prettier-ignore
    }
    return { ...next, schema: target, published: hasDrafts(target), parts: [] };
  }

  /**
   * Returns the places that a populate leads to: one for each component of a dynamic zone, and for each type that is
   * named behind a polymorphic relation. Strapi populates only published rows, except over polymorphic relations.
   */
  populate(
    name: string,
    attribute: Attribute,
    place: Place,
    { fields, on }: Populated = {},
  ): Place[] {
    const target = targetOf(this.options.strapi, attribute);
    const isZone = attribute.type === 'dynamiczone';
    const isNamed = on && Object.keys(on).every((uid) => this.hasNoDrafts(uid));
    if (!target && !isZone && !isNamed && !this.options.seesDrafts) {
      refuse(
        place.path,
        `"${name}" leads to several types, including drafts; name types without drafts under [on]`,
      );
    }
    const uids = isZone ? (attribute.components ?? []) : Object.keys(on ?? {});
    // An attribute that may lead anywhere costs as much as the type with the longest texts.
    const priced = target || isZone || on ? [] : Object.values(this.options.strapi.contentTypes);
    const targets = target
      ? [target]
      : uids.flatMap((uid) => schemaOf(this.options.strapi, uid) ?? []);
    const loaded = targets.map((one) => ({ target: one, fields: fieldsOf(on?.[one.uid], fields) }));
    const any = priced.map((one) => ({ target: one as unknown as Schema, fields }));
    const next = this.next(name, place, [...loaded, ...any]);
    const keeps = isZone || attribute.component !== undefined;
    return targets.map((schema) => ({
      ...next,
      schema,
      published: keeps ? place.published : hasDrafts(schema),
      parts: keeps ? partsOf(name, place, schema) : [],
    }));
  }

  private next(name: string, place: Place, loaded: readonly Loaded[] = []): Place {
    const depth = place.depth + 1;
    const { relationDepth } = this.options.limits;
    if (depth > relationDepth) {
      refuse(place.path, `expected at most ${relationDepth} nested relations`);
    }
    const from = { uid: place.schema.uid, name };
    return {
      ...place,
      depth,
      row: this.options.budget.follow(place.row, from, place.path, loaded),
    };
  }

  private hasNoDrafts(uid: string): boolean {
    const schema = schemaOf(this.options.strapi, uid);
    return schema !== undefined && !hasDrafts(schema);
  }
}

const partsOf = (name: string, { schema, parts = [] }: Place, { uid }: Schema): Part[] => [
  ...parts,
  { owner: schema.uid, name, component: uid },
];

/** Returns an attribute of a place, if it leads to other rows. */
export function leadingAttribute({ schema }: Place, name: string): Attribute | null {
  const attribute = attributeOf(schema, name);
  return attribute && leads(attribute) ? attribute : null;
}

/** Returns the attributes named for one type, or else those for all types. */
function fieldsOf(ofType: unknown, fields: unknown): unknown {
  return isObject(ofType) && ofType.fields !== undefined ? ofType.fields : fields;
}
