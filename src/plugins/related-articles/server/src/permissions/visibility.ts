import { readRelations, type RelatedType } from '../config/resolve';
import type { RelationSource } from '../config/relation-sources';
import type { EditorPermissions } from './editor-permissions';

/** What somebody may see of a type's documents in one locale; it shapes their lists and explanations. */
export interface Visibility {
  /** Relations whose entries they may see; explanations name them. */
  visibleRelations: ReadonlySet<string>;
  /** Relations that must not count in their lists. */
  ignoredRelations: ReadonlySet<string>;
  /** Whether they may read an attribute. Private attributes are never named, whatever this says. */
  mayRead: (attribute: string) => boolean;
  /** Whether they may read every attribute that lists depend on. If not, unsaved words and scores would reveal some. */
  readsAllFields: boolean;
  /** Whether they may read every published document; then explanations count the documents that link to both. */
  readsAllEntries: boolean;
  /** Whether project code may give them an entry that differs from the stored one. */
  mayBeCut: boolean;
  /** Whether they may see private attributes, as far as their permissions allow. */
  seesPrivate: boolean;
}

/** Returns the visibility for an editor in the admin panel. */
export async function editorVisibility(
  permissions: EditorPermissions,
  type: RelatedType,
  locale: string | null,
): Promise<Visibility> {
  const targets = readRelations(type).flatMap((relation) => relation.targets);
  // A document without locales may be related to entries in any locale.
  const named = locale === null && targets.some(({ localized }) => localized) ? await permissions.locales() : [locale]; // prettier-ignore
  const mayRead = permissions.readable(type);
  const maySee = async ({ attribute, targets }: RelationSource): Promise<boolean> => {
    if (!mayRead(attribute)) return false;
    for (const { uid, label, localized } of targets) {
      if (label !== null && !permissions.mayReadAttribute(uid, label)) return false;
      if (!(await permissions.readsAllEntries(uid, ...(localized ? named : [null])))) return false;
    }
    return true;
  };
  const visibleRelations = new Set<string>();
  for (const relation of readRelations(type)) {
    if (await maySee(relation)) visibleRelations.add(relation.attribute);
  }
  const ignoredRelations = namesOf(
    readRelations(type).filter(({ attribute }) => !visibleRelations.has(attribute)),
  );
  const attributes = [
    type.title,
    ...type.text.map(({ attribute }) => attribute),
    // The words of a slug count too.
    ...[type.slug, type.date].filter((name) => name !== null),
    ...type.signals.flatMap((signal) => signal.attributes),
  ];
  return {
    mayRead,
    visibleRelations,
    ignoredRelations,
    // The names of related entries count as words, except those of entries that are only picked.
    readsAllFields:
      type.relations.every(({ attribute }) => visibleRelations.has(attribute)) &&
      attributes.every(mayRead),
    readsAllEntries: await permissions.readsAllEntries(type.uid, locale),
    mayBeCut: permissions.mayBeNarrowed(type.uid),
    seesPrivate: true,
  };
}

/**
 * Returns the visibility for a caller of the REST API, whose documents are read as the type's own route gives them.
 *
 * @param maySee Whether the caller may see entries of a type.
 * @param readsAllEntries Whether no published document is hidden from the caller.
 */
export async function callerVisibility(
  type: RelatedType,
  maySee: (uid: string) => Promise<boolean>,
  readsAllEntries: boolean,
): Promise<Visibility> {
  const visibleRelations = new Set<string>();
  const ignoredRelations = new Set<string>();
  for (const relation of readRelations(type)) {
    // A private relation that the configuration allows counts for everybody but is never shown.
    if (relation.private) continue;
    const seen = await Promise.all(relation.targets.map(({ uid }) => maySee(uid)));
    (seen.every(Boolean) ? visibleRelations : ignoredRelations).add(relation.attribute);
  }
  return {
    visibleRelations,
    ignoredRelations,
    mayRead: () => true,
    readsAllFields: ignoredRelations.size === 0,
    readsAllEntries,
    // If documents may be cut, `readsAllEntries` is false anyway.
    mayBeCut: false,
    seesPrivate: false,
  };
}

const namesOf = (relations: readonly RelationSource[]): Set<string> =>
  new Set(relations.map(({ attribute }) => attribute));
