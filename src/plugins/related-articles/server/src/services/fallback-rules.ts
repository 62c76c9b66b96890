import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import { entriesOf, textOf, type Entity } from '../content/entity';
import { rowsIn, rowsOf } from '../content/rows';
import type { Rules } from '../engine/engine';

type Allows = (documentId: string) => boolean;

/** The entries of some documents that rules go by: by documentId and relation, the documentIds and names of entries. */
type EntriesOf = ReadonlyMap<string, readonly { id: string; names: string[] }[]>;
type Entries = ReadonlyMap<string, EntriesOf>;

export interface FallbackRulesOptions {
  strapi: Core.Strapi;
  type: RelatedType;
  locale: string | null;
  rules: Rules | undefined;
  /** Relations that the caller may see: the others bind nobody, apart from what is never to be suggested. */
  visible: ReadonlySet<string>;
}

/** Holds what fills short lists to the rules of the site, as `engine/ranking/rules.ts` holds what the ranking finds. */
export class FallbackRules {
  private readonly never: [relation: string, names: ReadonlySet<string>][];
  private readonly same: readonly string[];
  private readonly different: readonly string[];
  private readonly read = new Map<string, EntriesOf>();

  constructor(private readonly options: FallbackRulesOptions) {
    const { rules, visible } = options;
    this.never = Object.entries(rules?.never ?? {}).map(([relation, names]) => [relation, new Set(names)]); // prettier-ignore
    this.same = (rules?.same ?? []).filter((relation) => visible.has(relation));
    this.different = (rules?.different ?? []).filter((relation) => visible.has(relation));
  }

  /** What may be beside all of these sources. */
  async allowing(
    sources: readonly { documentId: string; entity?: Entity }[],
    candidates: readonly string[],
  ): Promise<Allows> {
    const relations = [...new Set([...this.never.map(([name]) => name), ...this.same, ...this.different])]; // prettier-ignore
    if (relations.length === 0 || candidates.length === 0) return () => true;
    const saved = sources.filter(({ entity }) => !entity).map(({ documentId }) => documentId);
    const entries = await this.entries([...new Set([...saved, ...candidates])], relations);
    const own = sources.map(({ documentId, entity }) =>
      entity ? this.entriesIn(entity, relations) : entries.get(documentId),
    );
    return (documentId) => {
      const of = (relation: string) => entries.get(documentId)?.get(relation) ?? [];
      const isNever = this.never.some(([relation, names]) =>
        of(relation).some((entry) => entry.names.some((name) => names.has(name))),
      );
      return !isNever && own.every((source) => this.fits((relation) => source?.get(relation) ?? [], of)); // prettier-ignore
    };
  }

  private fits(
    source: (relation: string) => readonly { id: string }[],
    candidate: (relation: string) => readonly { id: string }[],
  ): boolean {
    const shares = (relation: string) => {
      const ids = new Set(source(relation).map(({ id }) => id));
      return candidate(relation).some(({ id }) => ids.has(id));
    };
    // A source that has no such entry is bound to nothing.
    const bound = this.same.filter((relation) => source(relation).length > 0);
    return bound.every(shares) && !this.different.some(shares);
  }

  /** Those of documents that were not read before. */
  private async entries(documentIds: string[], relations: readonly string[]): Promise<Entries> {
    const { strapi, type, locale } = this.options;
    const missing = documentIds.filter((id) => !this.read.has(id));
    if (missing.length === 0) return this.read;
    const known = type.relations.filter(({ attribute, polymorphic }) => !polymorphic && relations.includes(attribute)); // prettier-ignore
    const rows = await rowsOf<Entity>(strapi, type.uid).findMany({
      select: ['documentId'],
      where: { documentId: { $in: missing }, ...rowsIn(type, 'published', locale) },
      populate: Object.fromEntries(
        known.map(({ attribute, targets }) => {
          const labels = targets.flatMap(({ label }) => label ?? []);
          return [attribute, { select: ['documentId', ...labels] }];
        }),
      ),
    });
    for (const id of missing) this.read.set(id, new Map());
    for (const row of rows) this.read.set(row.documentId, this.entriesIn(row, relations));
    return this.read;
  }

  private entriesIn(entity: Entity, relations: readonly string[]) {
    const { type } = this.options;
    return new Map(
      relations.map((relation) => {
        const targets = type.relations.find(({ attribute }) => attribute === relation)?.targets ?? []; // prettier-ignore
        const entries = entriesOf(entity[relation]).map((entry) => ({
          id: entry.documentId,
          names: targets.flatMap(({ label }) => (label ? textOf(entry[label]) : [])),
        }));
        return [relation, entries] as const;
      }),
    );
  }
}
