import type { RelatedType } from '../config/resolve';
import { collectionOf } from '../content/mapper';
import { NO_DECISIONS, pinsInList, sourceOf } from '../curations/curation';
import type { CurationCache } from '../curations/curation-cache';
import type { Engine, Suggestion } from '../engine/engine';
import { Turns } from '../engine/steps';
import type { SiteOptions, TypeOptions } from '../settings/site-options';
import { SPARE_PLACES, SUGGESTION_CAP } from './suggestions';

export interface ServedListsOptions {
  options: SiteOptions;
  engine: Engine;
  curations: CurationCache;
}

/** Makes the lists of many documents as readers get them, including pins and exclusions. */
export class ServedLists {
  constructor(private readonly options: ServedListsOptions) {}

  /**
   * Makes all lists without pins and exclusions in one call, and every other one separately.
   *
   * @param ignoredRelations Relations that count for nothing.
   * @param instead Options that replace those in force.
   * @returns Up to `SUGGESTION_CAP` suggestions each, of which readers get the first `limit`. Documents that are not in
   *   the index have no list.
   */
  async of(
    type: RelatedType,
    locale: string | null,
    documentIds: readonly string[],
    ignoredRelations: ReadonlySet<string>,
    instead?: TypeOptions,
  ): Promise<Map<string, readonly Suggestion[]>> {
    const { engine, curations, options } = this.options;
    const { limit, maxAge } = instead ?? options.of(type.uid);
    const collection = collectionOf(type, locale);
    const hidden = await curations.hiddenIn(sourceOf(type.uid, '', locale));
    const query = {
      exclude: hidden,
      maxCandidates: SUGGESTION_CAP,
      diversifyTop: limit + SPARE_PLACES,
      ...(maxAge && { maxAge }),
      ...(instead && { ranking: instead.ranking }),
      ignoredRelations,
    };
    const decisionsOf = (id: string) => curations.get(sourceOf(type.uid, id, locale));
    const isCurated = (id: string) => decisionsOf(id) !== NO_DECISIONS;
    const plain = documentIds.filter((id) => !isCurated(id));
    const found = new Map<string, readonly Suggestion[] | null>();
    const plainLists = await engine.related(
      collection,
      plain.map((documentId) => ({ documentId })),
      query,
    );
    plain.forEach((id, at) => found.set(id, plainLists[at]));
    const turns = new Turns();
    for (const id of documentIds.filter(isCurated)) {
      await turns.give();
      const { pins, exclusions } = decisionsOf(id);
      const exclude = [...exclusions, ...hidden];
      const pinned = pinsInList(pins, { uid: type.uid, documentId: id }, exclude);
      const [list] = await engine.related(collection, [{ documentId: id }], { ...query, pinned, exclude }); // prettier-ignore
      found.set(id, list);
    }
    const lists = new Map<string, readonly Suggestion[]>();
    for (const id of documentIds) {
      const list = found.get(id);
      if (list) lists.set(id, list);
    }
    return lists;
  }
}
