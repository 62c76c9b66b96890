import type { RelatedType } from '../config/resolve';
import type { RelationSource } from '../config/relation-sources';
import type { Viewer } from './editor-permissions';

/** Whose entries count in a list, and whose names its reasons tell. */
export interface Relations {
  /** Relations whose entries the caller may see; explanations name them. */
  visible: ReadonlySet<string>;
  /** Relations that count for nothing. */
  hidden: ReadonlySet<string>;
}

/** What an editor may know of a type's entries in one locale. */
export interface Sight extends Relations {
  /** Whether they may read an attribute. */
  mayRead: (attribute: string) => boolean;
  /** Whether they may read all that a list rests on: then its scores tell of no field, and words can be tried. */
  readsAll: boolean;
  /** Whether they may read every entry. */
  readsEvery: boolean;
}

export function sightOf(viewer: Viewer, type: RelatedType, locale: string | null): Sight {
  const mayRead = viewer.readable(type);
  const maySee = ({ attribute, targets }: RelationSource) =>
    mayRead(attribute) &&
    targets.every(
      ({ uid, label, localized }) =>
        // Beside a document without locales, entries that have some are named in any of them.
        viewer.readsEvery(uid, localized ? (locale ?? undefined) : null) &&
        (label === null || viewer.mayReadAttribute(uid, label)),
    );
  const visible = namesOf(type.relations.filter(maySee));
  const hidden = namesOf(type.relations.filter(({ attribute }) => !visible.has(attribute)));
  const attributes = [
    type.title,
    ...type.text.map(({ attribute }) => attribute),
    // The words of a slug count too.
    ...[type.slug, type.date].filter((name) => name !== null),
    ...type.signals.flatMap((signal) => signal.attributes),
  ];
  return {
    mayRead,
    visible,
    hidden,
    // The names of entries count as words.
    readsAll: hidden.size === 0 && attributes.every(mayRead),
    readsEvery: viewer.readsEvery(type.uid, locale),
  };
}

/**
 * For callers of the REST API.
 *
 * @param maySee Whether the caller may see entries of a type.
 */
export async function publicRelations(
  { relations }: RelatedType,
  maySee: (uid: string) => Promise<boolean>,
): Promise<Relations> {
  const visible = new Set<string>();
  const hidden = new Set<string>();
  for (const relation of relations) {
    // What may be read as private on purpose counts for everybody, and is shown to nobody.
    if (relation.private) continue;
    const seen = await Promise.all(relation.targets.map(({ uid }) => maySee(uid)));
    (seen.every(Boolean) ? visible : hidden).add(relation.attribute);
  }
  return { visible, hidden };
}

const namesOf = (relations: readonly RelationSource[]): Set<string> =>
  new Set(relations.map(({ attribute }) => attribute));
