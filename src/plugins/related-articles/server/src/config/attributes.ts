import { didYouMean } from './nearest';

/** What this plugin needs to know of a content type or component; Strapi's schemas fit. */
export interface Schema {
  kind?: string;
  info: { singularName?: string; pluralName?: string };
  options?: { draftAndPublish?: boolean };
  pluginOptions?: unknown;
  attributes: Record<string, AttributeSchema>;
}

export interface AttributeSchema {
  type: string;
  private?: boolean;
  /** Of a relation to one type. */
  target?: string;
  /** Of a relation: `oneToOne`, `manyToMany`, `morphToMany` ... */
  relation?: string;
  /** The attribute of the target that leads back. */
  inversedBy?: string;
  mappedBy?: string;
  morphBy?: string;
  /** Of a component. */
  component?: string;
  repeatable?: boolean;
  /** Of a dynamic zone. */
  components?: readonly string[];
  /** The name of the field that shows it, unless that is Strapi's own. */
  customField?: string;
  /** Whether the type is a guess, because a plugin that registers later has not told it yet. */
  isAssumed?: boolean;
}

/** Attributes that Strapi gives every type: never a title, name or text. */
export const STRAPIS_OWN: readonly string[] = [
  'createdAt',
  'updatedAt',
  'publishedAt',
  'createdBy',
  'updatedBy',
  'locale',
  'localizations',
];

/** All content types and components by uid. */
export type Schemas = Readonly<Record<string, Schema | undefined>>;

/** Looks up attributes of one schema and collects mistakes, each with its place in the configuration. */
export class AttributeLookup {
  constructor(
    private readonly uid: string,
    private readonly schema: Schema,
    private readonly mistakes: string[],
  ) {}

  /** Returns the attribute. If none has that name and one of these kinds, records a mistake and returns undefined. */
  find(place: string, attribute: string, kinds: readonly string[]): AttributeSchema | undefined {
    const { attributes } = this.schema;
    const found = Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
    if (!found) {
      const fitting = Object.keys(attributes).filter((name) =>
        kinds.includes(attributes[name].type),
      );
      this.mistakes.push(
        `${place}: "${this.uid}" has no attribute "${attribute}".${didYouMean(attribute, fitting)}`,
      );
      return undefined;
    }
    // Custom fields hold values, and never relations.
    const mayFit = found.isAssumed && !kinds.includes('relation');
    if (!kinds.includes(found.type) && !mayFit) {
      this.mistakes.push(
        `${place}: attribute "${attribute}" is of kind ${found.type}. Expected ${kinds.join(', ')}.`,
      );
      return undefined;
    }
    return found;
  }
}

/** The message about a private attribute that the configuration reads without being allowed to. */
export function privateMistake(place: string, attribute: string): string {
  return `${place}: attribute "${attribute}" is private, and lists made from it would reveal something of it. If you want that, add it to allowPrivate.`;
}

export function isLocalized({ pluginOptions }: Schema): boolean {
  const options = pluginOptions as { i18n?: { localized?: boolean } } | undefined;
  return options?.i18n?.localized === true;
}
