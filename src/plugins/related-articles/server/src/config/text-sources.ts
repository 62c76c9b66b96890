import {
  AttributeLookup,
  privateMistake,
  type AttributeSchema,
  type Schema,
  type Schemas,
} from './attributes';
import { didYouMean } from './nearest';
import { TEXT_FORMATS, type LooseTextOption, type TextFormat } from './options';

/** Where text of a document is read from: its configured attributes, checked against the schemas. */
export type TextSource = PlainSource | MediaSource | ComponentSource | ZoneSource;

interface Source {
  attribute: string;
  /** Whether readers of the document may not see it. */
  private: boolean;
}

export interface PlainSource extends Source {
  /** `richtext` may hold markdown or HTML; its text shows which. */
  kind: TextFormat | 'richtext' | 'blocks';
  weight: number;
}

/** One file or several; their captions and alternative texts are read. */
export interface MediaSource extends Source {
  kind: 'media';
  weight: number;
  /** The fields that are read of each file: none that Strapi leaves out of responses. */
  fields: readonly string[];
}

/** One component or a repeated one. */
export interface ComponentSource extends Source {
  kind: 'component';
  sources: TextSource[];
}

export interface ZoneSource extends Source {
  kind: 'zone';
  components: ReadonlyMap<string, TextSource[]>;
}

/** Whether any of the sources, or of those nested in them, meets the condition. */
export function someSource(
  sources: readonly TextSource[],
  is: (source: TextSource) => boolean,
): boolean {
  return sources.some((source) => {
    if (is(source)) return true;
    if (source.kind === 'component') return someSource(source.sources, is);
    return source.kind === 'zone' && someSource([...source.components.values()].flat(), is);
  });
}

const WRITTEN_KINDS = ['string', 'text', 'richtext'];
/** The media library's own type. */
const FILE = 'plugin::upload.file';
/** What is written about a file; alternative texts that repeat the name say nothing. */
const FILE_FIELDS = ['name', 'caption', 'alternativeText'];

const fileFields = (schemas: Schemas): string[] =>
  FILE_FIELDS.filter((name) => !schemas[FILE]?.attributes[name]?.private);

/** What a weight for a whole component reads; media captions only where they are configured. */
const KINDS_IN_COMPONENTS = [...WRITTEN_KINDS, 'blocks', 'component'];
const TEXT_KINDS = [...KINDS_IN_COMPONENTS, 'media', 'dynamiczone'];

interface Context {
  schemas: Schemas;
  /** Paths of the private attributes that may be read. */
  allowPrivate: readonly string[];
  /** The allowed private attributes that were encountered. */
  met: Set<string>;
  mistakes: string[];
}

/** Turns a type's `text` option into sources; mistakes in it go to `mistakes`. */
export function resolveText(
  uid: string,
  options: Readonly<Record<string, LooseTextOption>>,
  place: string,
  context: Context,
): TextSource[] {
  return sourcesOf(uid, options, { ...context, place: `${place}.text`, path: '', private: false });
}

interface Position extends Context {
  /** The place in the configuration. */
  place: string;
  /** The attribute path from the document down, with a dot at its end; empty at the top. */
  path: string;
  /** Whether anything on this path is private. */
  private: boolean;
}

function sourcesOf(
  uid: string,
  options: Readonly<Record<string, LooseTextOption>>,
  position: Position,
): TextSource[] {
  const schema = position.schemas[uid] as Schema;
  const lookup = new AttributeLookup(uid, schema, position.mistakes);
  return Object.entries(options).flatMap(([name, option]) => {
    const found = lookup.find(position.place, name, TEXT_KINDS);
    if (!found) return [];
    const path = `${position.path}${name}`;
    if (found.private && !isAllowed(path, position)) {
      position.mistakes.push(privateMistake(position.place, path));
      return [];
    }
    const inner = {
      ...position,
      place: `${position.place}.${name}`,
      path: `${path}.`,
      private: position.private || Boolean(found.private),
    };
    const source = sourceOf(name, found, option, inner);
    return source ? [source] : [];
  });
}

function sourceOf(
  attribute: string,
  found: AttributeSchema,
  option: LooseTextOption,
  position: Position,
): TextSource | null {
  const base = { attribute, private: position.private };
  if (found.type === 'component') {
    const uid = found.component as string;
    return { ...base, kind: 'component', sources: componentSources(uid, option, position) };
  }
  if (found.type === 'dynamiczone') {
    return { ...base, kind: 'zone', components: zoneComponents(found, option, position) };
  }
  if (found.type === 'media' && typeof option === 'number') {
    const fields = fileFields(position.schemas);
    return { ...base, kind: 'media', weight: option, fields };
  }
  if (typeof option === 'number') {
    return { ...base, kind: kindOf(found), weight: option };
  }
  if (!WRITTEN_KINDS.includes(found.type)) {
    position.mistakes.push(
      `${position.place}: an attribute of kind ${found.type} takes a weight, such as 1.`,
    );
    return null;
  }
  const { weight, format, ...others } = option as Record<string, unknown>;
  for (const key of Object.keys(others)) {
    position.mistakes.push(
      `${position.place}: unknown key "${key}".${didYouMean(key, ['weight', 'format'])}`,
    );
  }
  if (typeof weight !== 'number') {
    position.mistakes.push(`${position.place}.weight is missing. Expected a weight such as 1.`);
    return null;
  }
  if (format !== undefined && !TEXT_FORMATS.includes(format as TextFormat)) {
    position.mistakes.push(
      `${position.place}.format is ${JSON.stringify(format)}. Expected ${TEXT_FORMATS.map((known) => `"${known}"`).join(', ')}.`,
    );
    return null;
  }
  return { ...base, kind: (format as TextFormat | undefined) ?? kindOf(found), weight };
}

function kindOf({ type }: AttributeSchema): PlainSource['kind'] {
  if (type === 'richtext' || type === 'blocks') return type;
  return 'plain';
}

function zoneComponents(
  { components = [] }: AttributeSchema,
  option: LooseTextOption,
  position: Position,
): ReadonlyMap<string, TextSource[]> {
  const sources = new Map<string, TextSource[]>();
  if (typeof option === 'number') {
    for (const uid of components) {
      const texts = allTexts(uid, option, { ...position, path: `${position.path}${uid}.` }, [uid]);
      if (texts.length > 0) sources.set(uid, texts);
    }
    if (sources.size === 0) {
      position.mistakes.push(`${position.place}: no component of the dynamic zone holds text.`);
    }
    return sources;
  }
  refuseEmpty(option, position);
  for (const [uid, inner] of Object.entries(option as Record<string, LooseTextOption>)) {
    if (!components.includes(uid)) {
      position.mistakes.push(
        `${position.place}: the dynamic zone has no component "${uid}".${didYouMean(uid, components)}`,
      );
      continue;
    }
    const at = {
      ...position,
      place: `${position.place}["${uid}"]`,
      path: `${position.path}${uid}.`,
    };
    sources.set(uid, componentSources(uid, inner, at));
  }
  return sources;
}

function componentSources(uid: string, option: LooseTextOption, position: Position): TextSource[] {
  if (typeof option !== 'number') {
    refuseEmpty(option, position);
    return sourcesOf(uid, option as Record<string, LooseTextOption>, position);
  }
  const sources = allTexts(uid, option, position, [uid]);
  if (sources.length === 0) {
    position.mistakes.push(`${position.place}: component "${uid}" holds no text.`);
  }
  return sources;
}

function refuseEmpty(option: LooseTextOption, { place, mistakes }: Position): void {
  if (Object.keys(option).length === 0) {
    mistakes.push(`${place} is {} and names nothing to read. A weight such as 1 reads all texts.`);
  }
}

/** Whether an attribute holds text that `text` can read with a weight, media captions aside. */
export function holdsText(attribute: AttributeSchema, schemas: Schemas): boolean {
  const inComponent = (uid: string) => {
    const nowhere = {
      place: '',
      path: '',
      private: false,
      allowPrivate: [],
      met: new Set<string>(),
    };
    return allTexts(uid, 1, { ...nowhere, schemas, mistakes: [] }, [uid]).length > 0;
  };
  if (attribute.private) return false;
  if (attribute.type === 'component') return inComponent(attribute.component as string);
  if (attribute.type === 'dynamiczone') return (attribute.components ?? []).some(inComponent);
  return [...WRITTEN_KINDS, 'blocks'].includes(attribute.type);
}

/** Every public text in a component, and in the components that it contains. */
function allTexts(
  uid: string,
  weight: number,
  position: Position,
  seen: readonly string[],
): TextSource[] {
  const attributes = position.schemas[uid]?.attributes ?? {};
  return Object.entries(attributes).flatMap(([attribute, found]): TextSource[] => {
    const path = `${position.path}${attribute}`;
    if (!KINDS_IN_COMPONENTS.includes(found.type)) return [];
    if (found.private && !isAllowed(path, position)) return [];
    const inner = { ...position, path: `${path}.`, private: position.private || !!found.private };
    if (found.type !== 'component') {
      return [{ attribute, private: inner.private, kind: kindOf(found), weight } as TextSource];
    }
    const nested = found.component as string;
    if (seen.includes(nested)) return [];
    const sources = allTexts(nested, weight, inner, [...seen, nested]);
    return sources.length > 0
      ? [{ attribute, private: inner.private, kind: 'component', sources }]
      : [];
  });
}

function isAllowed(path: string, { allowPrivate, met }: Context): boolean {
  if (!allowPrivate.includes(path)) return false;
  met.add(path);
  return true;
}
