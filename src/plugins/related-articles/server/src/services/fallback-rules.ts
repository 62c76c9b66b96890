import type { Core } from '@strapi/strapi';

import type { RelatedType } from '../config/resolve';
import type { Entity } from '../content/entity';
import { taxonomyOf } from '../content/mapper';
import type { RowReader } from '../content/row-reader';
import { morphColumns, readByKey, rowsIn, rowsOf } from '../content/rows';
import { selectionOfRelation } from '../content/selection';
import type { Rules } from '../engine/engine';
import type { IndexedDocument } from '../engine/indexed-document';
import { allowedBy, seenRules } from '../engine/ranking/rules';
import { givenRelations } from './given-entries';
import type { PageRequest, Source } from './suggestions';

type Taxonomy = IndexedDocument['taxonomy'];

export interface FallbackRulesOptions {
  strapi: Core.Strapi;
  reader: RowReader;
  type: RelatedType;
  locale: string | null;
  rules: Rules | undefined;
  /** Relations that the caller may not see. Private ones that the configuration allows count for everybody. */
  hidden: ReadonlySet<string>;
  /** The caller whose answers decide what entries are related to, if answers may lack some of it; otherwise `null`. */
  given: Pick<PageRequest, 'access' | 'visibility'> | null;
}

/** Applies the site's rules to the entries that fill short lists, just as they apply to ranked ones. */
export class FallbackRules {
  private readonly rules: Rules | undefined;
  /** The relations that the rules use. */
  private readonly relations: ReadonlySet<string>;
  /** By documentId, of published entries. */
  private readonly read = new Map<string, { stored: Taxonomy; given: Taxonomy }>();
  /** By documentId. */
  private readonly drafts = new Map<string, Taxonomy>();
  /** A number for each entry of a relation. */
  private readonly keys = new Map<string, number>();

  constructor(private readonly options: FallbackRulesOptions) {
    const { rules, hidden } = options;
    this.rules = seenRules(rules, hidden);
    const { never = {}, same = [], different = [] } = this.rules ?? {};
    this.relations = new Set([...Object.keys(never), ...same, ...different]);
  }

  /** Reads what entries are related to, so that `allowing` need not read it for each list. */
  async know(sources: readonly Source[], candidates: readonly string[]): Promise<void> {
    if (this.relations.size > 0) await this.readOnce([...publishedOf(sources), ...candidates]);
  }

  /** Tells which of the candidates may be in the lists of all these sources. */
  async allowing(
    sources: readonly Source[],
    candidates: readonly string[],
  ): Promise<(documentId: string) => boolean> {
    if (this.relations.size === 0 || candidates.length === 0) return () => true;
    await this.readOnce([...publishedOf(sources), ...candidates]);
    await this.readDrafts(sources);
    const stored = (documentId: string) => ({ taxonomy: this.read.get(documentId)?.stored ?? [] });
    const given = (documentId: string) => ({ taxonomy: this.read.get(documentId)?.given ?? [] });
    const { rules } = this;
    // Without a source, only `never` applies.
    const isSpared = allowedBy(rules, { taxonomy: [] });
    const others = rules && { ...rules, never: {} };
    const ofSource = ({ documentId, entity, status }: Source) => {
      if (entity) return { taxonomy: this.taxonomyIn(entity) };
      return status === 'draft'
        ? { taxonomy: this.drafts.get(documentId) ?? [] }
        : given(documentId);
    };
    const allowed = sources.map((source) => allowedBy(others, ofSource(source)));
    return (documentId) =>
      isSpared(stored(documentId)) && allowed.every((isAllowed) => isAllowed(given(documentId)));
  }

  private async readOnce(documentIds: readonly string[]): Promise<void> {
    const missing = [...new Set(documentIds)].filter((id) => !this.read.has(id));
    if (missing.length === 0) return;
    const stored = await this.rowsOf(missing);
    const { answers, untold } = await this.asGiven(missing);
    for (const id of missing) {
      const row = stored.get(id);
      if (!row) {
        this.read.set(id, { stored: [], given: [] });
        continue;
      }
      const entity = { ...row, ...(answers.get(row.documentId) ?? untold) };
      const taxonomies = { stored: this.taxonomyIn(row), given: this.taxonomyIn(entity) };
      this.read.set(row.documentId, taxonomies);
    }
  }

  /** The rows of documents, by documentId. */
  private rowsOf(documentIds: readonly string[]): Promise<Map<string, Entity>> {
    const { strapi, type, locale } = this.options;
    const known = type.relations.filter(({ attribute }) => this.relations.has(attribute));
    const select = ['documentId', ...(type.localized ? ['locale'] : []), ...morphColumns(strapi, type)]; // prettier-ignore
    const populate = Object.fromEntries(
      known.map((relation) => [relation.attribute, selectionOfRelation(relation, true)]),
    );
    const read = (left: readonly string[]) =>
      rowsOf<Entity>(strapi, type.uid).findMany({
        select,
        where: { documentId: { $in: [...left] }, ...rowsIn(type, 'published', locale) },
        populate,
      });
    return readByKey(documentIds, ({ documentId }) => documentId, read);
  }

  private async readDrafts(sources: readonly Source[]): Promise<void> {
    const { reader, type, locale } = this.options;
    for (const { documentId, status, entity } of sources) {
      if (entity || status !== 'draft' || this.drafts.has(documentId)) continue;
      const draft = await reader.draft(type, documentId, locale);
      this.drafts.set(documentId, draft ? this.taxonomyIn(draft) : []);
    }
  }

  /** Reads the relations of `same` and `different` as the caller gets them; `never` applies to everybody. */
  private async asGiven(
    documentIds: readonly string[],
  ): Promise<{ answers: Map<string, Partial<Entity>>; untold: Partial<Entity> }> {
    const { type, locale, given } = this.options;
    const { same = [], different = [] } = this.rules ?? {};
    const told = [...same, ...different].filter((name) => given?.visibility.visibleRelations.has(name)); // prettier-ignore
    if (!given || told.length === 0) return { answers: new Map(), untold: {} };
    const answers = await givenRelations({ type, access: given.access }, documentIds, new Set(told), locale); // prettier-ignore
    const pick = (entity: Entity) => Object.fromEntries(told.map((name) => [name, entity[name]]));
    return {
      answers: new Map([...answers].map(([id, entity]) => [id, pick(entity)])),
      // Of an entry without an answer, the caller knows none of them.
      untold: Object.fromEntries(told.map((name) => [name, []])),
    };
  }

  private taxonomyIn(entity: Entity): Taxonomy {
    const known = this.options.type.relations.filter(({ attribute }) => this.relations.has(attribute)); // prettier-ignore
    return known.flatMap((relation) =>
      taxonomyOf(relation, entity).map(({ relation: name, id, label }) => ({
        relation: name,
        key: this.keyOf(`${name} ${id}`),
        label,
      })),
    );
  }

  private keyOf(entry: string): number {
    const known = this.keys.get(entry) ?? this.keys.size;
    this.keys.set(entry, known);
    return known;
  }
}

/** The sources that are compared as published. */
const publishedOf = (sources: readonly Source[]): string[] =>
  sources.flatMap(({ documentId, status, entity }) =>
    entity || status === 'draft' ? [] : [documentId],
  );
