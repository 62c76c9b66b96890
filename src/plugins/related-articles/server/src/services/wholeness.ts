import { createHash } from 'node:crypto';

import type { RelatedType } from '../config/resolve';
import type { Entity } from '../content/entity';
import { signalAttributes } from './reasons-for-caller';
import { readVisible, readWhole, withoutText } from '../content/mapper';
import { writtenText } from '../content/text';
import { runInSlices, type Steps } from '../engine/steps';

/** What is longer counts as several: it takes the square of a run of marks to put it into its normal form. */
const WORD = /[\p{L}\p{M}\p{N}]{1,64}/gu;
/** So many words are read in one step. */
const STEP = 500;
/** Texts of more characters that are not given as they are written count as cut: to read a hundred takes too long. */
const MAX_COMPARED = 100_000;
/** How many comparisons are remembered. */
const MAX_KNOWN = 20_000;

/** Tells whether an answer gives all that an entry could be found by: title, words, slug, links, names of relations. */
export class Wholeness {
  /** What was found out, by a key of both texts; those that were used last stand last. */
  private readonly known = new Map<string, boolean>();

  /**
   * @param answer What somebody gets of an entry.
   * @param row What is stored of it.
   * @param visibleRelations Others count by the names of their entries alone.
   */
  async isWhole(
    type: RelatedType,
    answer: Entity,
    row: Entity,
    visibleRelations: ReadonlySet<string>,
  ): Promise<boolean> {
    if (!givesTheRest(type, answer, row, visibleRelations)) return false;
    const [told, stored] = [answer, row].map((entity) => JSON.stringify([entity[type.title], writtenText(type.text, entity)])); // prettier-ignore
    if (told === stored) return true;
    if (Math.max(told.length, stored.length) > MAX_COMPARED) return false;
    const { documentId, locale } = row;
    const place = [type.uid, documentId, locale, type.slug && row[type.slug]];
    const key = createHash('sha1')
      .update(JSON.stringify([place, told, stored]))
      .digest('base64');
    const isWhole = this.known.get(key) ?? (await givesAllWords(type, answer, row));
    this.remember(key, isWhole);
    return isWhole;
  }

  private remember(key: string, isWhole: boolean): void {
    this.known.delete(key);
    this.known.set(key, isWhole);
    if (this.known.size <= MAX_KNOWN) return;
    const [oldest] = this.known.keys();
    this.known.delete(oldest);
  }
}

/** Whether the slug, the names of related entries and what signals of the site's own compare are given. */
function givesTheRest(
  type: RelatedType,
  answer: Entity,
  row: Entity,
  visibleRelations: ReadonlySet<string>,
): boolean {
  if (type.slug !== null && answer[type.slug] !== row[type.slug]) return false;
  const isGiven = (name: string) => JSON.stringify(answer[name]) === JSON.stringify(row[name]);
  if (!signalAttributes(type).every(isGiven)) return false;
  const given = new Set(entriesIn(type, answer, visibleRelations));
  return entriesIn(type, row, visibleRelations).every((entry) => given.has(entry));
}

async function givesAllWords(type: RelatedType, answer: Entity, row: Entity): Promise<boolean> {
  // Answers need not say where they belong, by which links are told from others.
  const { documentId, locale } = row;
  const told = await runInSlices(readVisible(type, { ...answer, documentId, locale }));
  const stored = await runInSlices(readWhole(type, row));
  const links = new Set(told.links);
  if (!stored.links.every((link) => links.has(link))) return false;
  const words = await runInSlices(wordsOf(told.text));
  return [...(await runInSlices(wordsOf(stored.text)))].every((word) => words.has(word));
}

/** What an entry is related to, as far as it counts: by its name for everybody, by itself where it is visible. */
const entriesIn = (
  type: RelatedType,
  entity: Entity,
  visibleRelations: ReadonlySet<string>,
): string[] =>
  withoutText(type, entity)
    .taxonomy.filter(({ relation, label }) => label !== '' || visibleRelations.has(relation))
    .map(({ relation, id, label }) => JSON.stringify([relation, id, label]));

function* wordsOf(text: string): Steps<Set<string>> {
  const words = new Set<string>();
  let read = 0;
  for (const [word] of text.matchAll(WORD)) {
    words.add(word.normalize('NFKC').toLowerCase());
    read += 1;
    if (read % STEP === 0) yield;
  }
  return words;
}
