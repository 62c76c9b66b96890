import { createHash } from 'node:crypto';

import type { RelatedType } from '../config/resolve';
import type { Entity } from '../content/entity';
import { signalAttributes } from './reasons-for-caller';
import { readVisible, readWhole, withoutText } from '../content/mapper';
import { writtenText } from '../content/text';
import { runInSlices, type Steps } from '../engine/steps';

/** Longer words count as several: normalizing a run of marks takes time that grows with its square. */
const WORD = /[\p{L}\p{M}\p{N}]{1,64}/gu;
/** How many words are read in one step. */
const STEP = 500;
/** Longer texts, in characters, count as cut unless they are given as stored: reading a hundred takes too long. */
const MAX_COMPARED = 100_000;
/** How many comparisons are remembered. */
const MAX_KNOWN = 20_000;

/** Tells whether an answer gives all that an entry could be found by: title, words, slug, links, names of relations. */
export class Wholeness {
  /** Results by a key of both texts; the most recently used come last. */
  private readonly known = new Map<string, boolean>();

  /**
   * @param answer What the caller gets of an entry.
   * @param row What is stored of it.
   * @param visibleRelations Other relations count only by the names of their entries.
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

/** Whether the slug, the names of related entries and the attributes of the site's own signals are given. */
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
  // Answers may lack documentId and locale, which tell the type's links from others.
  const { documentId, locale } = row;
  const told = await runInSlices(readVisible(type, { ...answer, documentId, locale }));
  const stored = await runInSlices(readWhole(type, row));
  const links = new Set(told.links);
  if (!stored.links.every((link) => links.has(link))) return false;
  const words = await runInSlices(wordsOf(told.text));
  return [...(await runInSlices(wordsOf(stored.text)))].every((word) => words.has(word));
}

/** Returns the related entries that count: named ones for everybody, unnamed ones only if their relation is visible. */
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
