import type { Core } from '@strapi/strapi';
import type { Survey } from 'plugin/services/site/survey';
import type { SurveyState } from 'plugin/services/site/surveys';

import { isSameRef, type DocumentRef, type Engine, type Suggestion } from 'plugin/engine/engine';
import { EmbeddedEngine } from 'plugin/engine/embedded/embedded-engine';
import {
  CURATION,
  NO_DECISIONS,
  sourceKey,
  sourceOf,
  toCuration,
  type Curation,
  type CurationSource,
  type Decisions,
} from 'plugin/curations/curation';
import { collectionOf, toEngineDocument } from 'plugin/content/mapper';
import { appOf } from 'plugin/app';

export type Lists = Record<string, readonly Suggestion[] | null>;

type DecisionsOf = (source: CurationSource) => Decisions;

/** What editors decided, as far as this process knows. */
const known =
  (strapi: Core.Strapi): DecisionsOf =>
  (source) =>
    appOf(strapi).curations.get(source);

/** The same, as stored in the database. */
export async function saved(strapi: Core.Strapi): Promise<DecisionsOf> {
  const rows = await strapi.db.query(CURATION.uid).findMany({});
  const curations = new Map(
    rows.map(toCuration).map((curation) => [sourceKey(curation), curation]),
  );
  return (source) => curations.get(sourceKey(source)) ?? NO_DECISIONS;
}

/** The list of every document in an index, with scores and reasons, as readers get it. */
export async function listsOf(
  engine: Engine,
  decisionsOf: DecisionsOf,
  limit?: number,
): Promise<Lists> {
  const lists: Lists = {};
  for (const collection of await engine.collections()) {
    const { type, locale } = collection;
    const documentIds = [...(await engine.documentIds(collection))];
    const hidden = documentIds
      .filter((documentId) => decisionsOf(sourceOf(type, documentId, locale)).isHidden)
      .map((documentId) => ({ uid: type, documentId }));
    for (const documentId of documentIds) {
      const decisions = decisionsOf(sourceOf(type, documentId, locale));
      const { pins } = decisions;
      const exclusions = [...decisions.exclusions, ...hidden];
      const isSource = (ref: DocumentRef) => isSameRef(ref, { uid: type, documentId });
      const isExcluded = (pin: DocumentRef) => exclusions.some((ref) => isSameRef(ref, pin));
      const [list] = await engine.related(collection, [{ documentId }], {
        ...(limit !== undefined && { limit }),
        minScore: 0,
        explain: true,
        pinned: pins.filter((pin) => !isSource(pin) && !isExcluded(pin)),
        exclude: exclusions,
      });
      lists[`${type} ${locale} ${documentId}`] = list;
    }
  }
  return lists;
}

/** Every list as this process serves it. */
export const listsHere = (strapi: Core.Strapi, limit?: number): Promise<Lists> =>
  listsOf(appOf(strapi).engine, known(strapi), limit);

/**
 * Compares how many lists of a new index each document is in, and how long its own list is, with the overview. Returns
 * what differs.
 */
export async function surveyDifferences(strapi: Core.Strapi): Promise<string[]> {
  const { surveys, types, options } = appOf(strapi);
  const engine = await rebuilt(strapi);
  const decisionsOf = await saved(strapi);
  const found: string[] = [];
  for (const { type: uid, locale } of await engine.collections()) {
    const type = types.get(uid);
    if (!type) continue;
    const collection = { type: uid, locale };
    const ids = [...(await engine.documentIds(collection))];
    const hidden = ids.filter((id) => decisionsOf(sourceOf(uid, id, locale)).isHidden);
    const counted = new Map(ids.map((id) => [id, { length: 0, appearsOn: 0 }]));
    for (const documentId of ids) {
      const { pins, exclusions } = decisionsOf(sourceOf(uid, documentId, locale));
      const [list] = await engine.related(collection, [{ documentId }], {
        limit: options.of(uid).limit,
        pinned: pins.filter((pin) => pin.documentId !== documentId),
        exclude: [...exclusions, ...hidden.map((id) => ({ uid, documentId: id }))],
      });
      for (const one of list ?? []) {
        const known = counted.get(one.documentId);
        if (known) known.appearsOn += 1;
      }
      Object.assign(counted.get(documentId) ?? {}, { length: list?.length ?? 0 });
    }
    const survey = await surveyOf(() => surveys.of(type, locale, new Set()));
    const told = new Map(
      [...survey.lists].map(([id, { documentIds }]) => [
        id,
        { length: documentIds.length, appearsOn: 0 },
      ]),
    );
    for (const { documentIds } of survey.lists.values()) {
      for (const id of documentIds) {
        const known = told.get(id);
        if (known) known.appearsOn += 1;
      }
    }
    for (const id of new Set([...counted.keys(), ...told.keys()])) {
      const [here, there] = [told.get(id), counted.get(id)].map((one) => JSON.stringify(one));
      if (here !== there) found.push(`${uid} ${locale} ${id}: ${here} beside ${there}`);
    }
  }
  return found;
}

const FIGURES_MS = 20_000;

/** Returns the survey once nothing is being calculated. */
async function surveyOf(ask: () => SurveyState): Promise<Survey> {
  const end = performance.now() + FIGURES_MS;
  while (performance.now() < end) {
    const { survey, progress } = ask();
    if (survey && progress === null) return survey;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('There are no figures.');
}

/** Builds a new index of what the database holds now. */
export async function rebuilt(strapi: Core.Strapi): Promise<Engine> {
  const { types, reader, options } = appOf(strapi);
  const engine = new EmbeddedEngine((uid) => options.of(uid).ranking);
  for (const type of types.values()) {
    for (let afterId: number | null = 0; afterId !== null;) {
      const page: Awaited<ReturnType<typeof reader.page>> = await reader.page(type, afterId, 500);
      for (const entity of page.rows) {
        if (type.localized && !entity.locale) continue;
        await engine.upsert(collectionOf(type, entity.locale), [toEngineDocument(type, entity)]);
      }
      afterId = page.last;
    }
  }
  return engine;
}

/**
 * What differs between the index of a running Strapi and a new one; empty if it is in step.
 *
 * @param limit How many entries of each list are compared. Default: all.
 */
export async function differences(strapi: Core.Strapi, limit?: number): Promise<string[]> {
  const here = await listsHere(strapi, limit);
  const fresh = await rebuilt(strapi);
  const there = await listsOf(fresh, await saved(strapi), limit);
  const keys = new Set([...Object.keys(here), ...Object.keys(there)]);
  const found = [...keys].filter((key) => JSON.stringify(here[key]) !== JSON.stringify(there[key]));
  const sizes = async (engine: Engine) => {
    const { collections } = await engine.stats();
    return JSON.stringify(
      collections
        .map(({ type, locale, documents, terms }) => [type, locale, documents, terms])
        .sort(),
    );
  };
  const [sizeHere, sizeThere] = [await sizes(appOf(strapi).engine), await sizes(fresh)];
  if (sizeHere !== sizeThere) found.push(`${sizeHere} beside ${sizeThere}`);
  const curationsHere = [...appOf(strapi).curations.all()];
  const curationsThere = (await strapi.db.query(CURATION.uid).findMany({})).map(toCuration);
  const inOrder = (curations: Curation[]) => JSON.stringify(curations.map(sourceKey).sort());
  if (inOrder(curationsHere) !== inOrder(curationsThere)) {
    found.push(`${inOrder(curationsHere)} beside ${inOrder(curationsThere)}`);
  }
  return found;
}
