import {
  AttributeLookup,
  isLocalized,
  STRAPIS_OWN,
  type AttributeSchema,
  type Schema,
  type Schemas,
} from './attributes';
import type { ContentTypeConfig } from './schema';

/** A relation whose entries group documents: a category, tags, an author. */
export interface RelationSource {
  attribute: string;
  weight: number;
  private: boolean;
  /** Whether its entries may be of several types. */
  polymorphic: boolean;
  /** Whether an entry belongs to only one document: when it is given to another, the first loses it. */
  exclusive: boolean;
  /** The types it leads to: one, or all of the project for a polymorphic relation. */
  targets: RelationTarget[];
}

export interface RelationTarget {
  uid: string;
  /** The attribute that names an entry; `null` when nothing does, and entries are compared without words. */
  label: string | null;
  /** Whether its entries have drafts, which must not be read. */
  draftAndPublish: boolean;
  localized: boolean;
}

/** Attributes that may hold a related entity's name; the first that exists is used. */
const LABELS = ['name', 'title', 'label', 'displayName'];
const LABEL_KINDS = ['string', 'text'];

interface Context {
  schemas: Schemas;
  mistakes: string[];
}

/** Turns a type's `relations` option into sources; mistakes in it go to `mistakes`. */
export function resolveRelations(
  uid: string,
  options: ContentTypeConfig['relations'],
  place: string,
  context: Context,
): RelationSource[] {
  const lookup = new AttributeLookup(uid, context.schemas[uid] as Schema, context.mistakes);
  return Object.entries(options).flatMap(([attribute, { weight, label }]): RelationSource[] => {
    const found = lookup.find(`${place}.relations`, attribute, ['relation']);
    if (!found) return [];
    if (attribute === 'localizations') {
      context.mistakes.push(
        `${place}.relations: "localizations" leads to translations of the same document, which do not form a group.`,
      );
      return [];
    }
    const exclusive = isExclusive(found);
    const base = { attribute, weight, private: Boolean(found.private), exclusive };
    const at = `${place}.relations.${attribute}.label`;
    if (found.target !== undefined) {
      if (!context.schemas[found.target]) {
        context.mistakes.push(
          `${place}.relations: "${attribute}" leads to "${found.target}", which does not exist. Expected a relation to a content type of the project.`,
        );
        return [];
      }
      const target = targetOf(found.target, label, at, context);
      return [{ ...base, polymorphic: false, targets: [target] }];
    }
    if (label !== undefined) {
      context.mistakes.push(
        `${at} is "${label}", but the relation leads to several types. Leave it out: each is named by ${LABELS.join(', ')} or its first text.`,
      );
    }
    const targets = Object.keys(context.schemas)
      .filter((other) => other.startsWith('api::'))
      .map((other) => targetOf(other, undefined, at, context));
    return [{ ...base, polymorphic: true, targets }];
  });
}

/** Whether Strapi takes an entry away from its document when it is given to another one. */
export function isExclusive({ relation, inversedBy, mappedBy }: AttributeSchema): boolean {
  return (
    (relation === 'oneToOne' || relation === 'oneToMany') &&
    (inversedBy !== undefined || mappedBy !== undefined)
  );
}

function targetOf(
  uid: string,
  label: string | undefined,
  place: string,
  { schemas, mistakes }: Context,
): RelationTarget {
  const schema = schemas[uid] as Schema;
  if (label !== undefined) {
    const found = new AttributeLookup(uid, schema, mistakes).find(place, label, LABEL_KINDS);
    if (found?.private) {
      mistakes.push(
        `${place}: attribute "${label}" of "${uid}" is private. Expected a public one.`,
      );
    }
  }
  return {
    uid,
    label: label ?? labelOf(schema),
    draftAndPublish: Boolean(schema.options?.draftAndPublish),
    localized: isLocalized(schema),
  };
}

function labelOf({ attributes }: Schema): string | null {
  const isName = (name: string) =>
    LABEL_KINDS.includes(attributes[name]?.type) &&
    !attributes[name].private &&
    !STRAPIS_OWN.includes(name);
  return LABELS.find(isName) ?? Object.keys(attributes).find(isName) ?? null;
}
