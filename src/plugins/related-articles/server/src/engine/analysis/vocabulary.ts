import { FNV_OFFSET, FNV_PRIME, hashText } from '../hash';
import { GrowableInts } from '../growable';
import type { Steps } from '../steps';
import { boundaryIn, MAX_WORD_LENGTH, splitWords } from './words';

/** How many spellings are remembered. Beyond that, all are forgotten, and those in use soon come back. */
const MAX_SPELLINGS = 130_000;
const MIN_CAPACITY = 2 ** 10;
/** Bytes per spelling, including its share of the tables and of the terms. Measured. */
const SPELLING_BYTES = 110;

/** A spelling farther than this from its place in the table goes to `crowded`: anybody can craft collisions. */
const MAX_PROBES = 64;

/** How many numbers a spelling's record has, and where they are: first its hash, then these. */
const RECORD = 4;
const FROM = 1;
const LENGTH = 2;
const MEANING = 3;

const LETTER = 1;
const WORD = 2;
const SPACE = 4;
const APOSTROPHE = 39;
const QUOTATION_MARK = 34;
/** The kind of each ASCII character. */
const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/[A-Za-z]/.test(character)) return LETTER | WORD;
  if (/[0-9_]/.test(character)) return WORD;
  return /\s/.test(character) ? SPACE : 0;
});

/** A word's term, and whether it is a stop word. */
export interface Analysed {
  term: string;
  stop: boolean;
}

/**
 * The terms of recently seen words, as numbers from 0 on. A text is read character by character, and no string is
 * created for a word with a known spelling. The numbers are valid until the next `makeRoom`.
 */
export class Vocabulary {
  /** The terms by number, and their hashes. */
  readonly terms: string[] = [];
  readonly hashes = new GrowableInts();
  private readonly numbers = new Map<string, number>();

  /** Open-addressed: where each spelling's record begins, plus one; 0 for none. */
  private table = new Int32Array(MIN_CAPACITY);
  /**
   * For each spelling: its hash, where its characters begin, how many there are, and its meaning: the term's number,
   * doubled, plus one for a stop word. They are stored together, so that a lookup touches few parts of memory.
   */
  private readonly records = new GrowableInts();
  private characters = new Uint16Array(MIN_CAPACITY);
  private used = 0;
  /** Meanings of spellings that found no place in the table. Nobody can craft collisions for the runtime's own maps. */
  private readonly crowded = new Map<string, number>();

  /**
   * @param analyze Analyses a word as written.
   * @param segment Whether to cut words written without spaces.
   */
  constructor(
    private readonly analyze: (word: string) => Analysed,
    private readonly segment: boolean,
  ) {}

  /** Estimated bytes in memory. */
  get bytes(): number {
    return this.count * SPELLING_BYTES;
  }

  private get count(): number {
    return this.records.length / RECORD + this.crowded.size;
  }

  /** Forgets all spellings and terms if there are too many. Numbers given out before are then invalid. */
  makeRoom(): boolean {
    if (this.count < MAX_SPELLINGS) return false;
    this.terms.length = 0;
    this.numbers.clear();
    this.table = new Int32Array(MIN_CAPACITY);
    this.records.length = 0;
    this.used = 0;
    this.crowded.clear();
    return true;
  }

  /**
   * Appends the numbers of a text's words in reading order.
   *
   * @param withStopWords Whether to include stop words. Default: false.
   */
  read(text: string, into: GrowableInts, withStopWords = false): void {
    this.readPart(text, 0, text.length, into, withStopWords);
  }

  /** `read` in steps. */
  *readInSteps(text: string, into: GrowableInts): Steps<void> {
    for (let start = 0; start < text.length;) {
      const end = partEnd(text, start);
      this.readPart(text, start, end, into, false);
      if (end < text.length) yield;
      start = end;
    }
  }

  private readPart(
    text: string,
    from: number,
    length: number,
    into: GrowableInts,
    withStopWords: boolean,
  ): void {
    let at = from;
    while (at < length) {
      const start = at;
      let code = text.charCodeAt(at);
      if (code < 128 && (KINDS[code] & WORD) === 0) {
        at += 1;
        continue;
      }
      let hash = FNV_OFFSET;
      while (code < 128 && (KINDS[code] & WORD) !== 0) {
        hash = Math.imul(hash ^ code, FNV_PRIME);
        at += 1;
        code = at < length ? text.charCodeAt(at) : 0;
      }
      while (code === APOSTROPHE && isLetter(text, at + 1)) {
        hash = Math.imul(hash ^ code, FNV_PRIME);
        at += 1;
        code = text.charCodeAt(at);
        while (code < 128 && (KINDS[code] & LETTER) !== 0) {
          hash = Math.imul(hash ^ code, FNV_PRIME);
          at += 1;
          code = at < length ? text.charCodeAt(at) : 0;
        }
      }
      // Hebrew abbreviations contain quotation marks.
      const joins = code === APOSTROPHE || code === QUOTATION_MARK;
      if (code >= 128 || (joins && isBeyondAscii(text, at + 1))) {
        at = this.readOther(text, start, length, into, withStopWords);
        continue;
      }
      const meaning =
        at - start > MAX_WORD_LENGTH
          ? this.meaningOf(text.slice(start, start + MAX_WORD_LENGTH))
          : this.look(text, start, at, hash);
      if (withStopWords || (meaning & 1) === 0) into.push(meaning >> 1);
    }
  }

  /** The term of a word as written; '' for a stop word. */
  termOf(word: string): string {
    const meaning = this.meaningOf(word);
    return (meaning & 1) === 0 ? this.terms[meaning >> 1] : '';
  }

  /** Reads a stretch that is not all ASCII, up to the next space, by the rules of all scripts. */
  private readOther(
    text: string,
    start: number,
    length: number,
    into: GrowableInts,
    all: boolean,
  ): number {
    let end = start;
    while (end < length && !isSpace(text.charCodeAt(end))) end += 1;
    for (const word of splitWords(text.slice(start, end), this.segment)) {
      const meaning = this.meaningOf(word);
      if (all || (meaning & 1) === 0) into.push(meaning >> 1);
    }
    return end;
  }

  private meaningOf(word: string): number {
    return this.look(word, 0, word.length, hashText(word) | 0);
  }

  private look(text: string, start: number, end: number, hash: number): number {
    const { table, records } = this;
    const mask = table.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (let probes = 0; probes < MAX_PROBES; probes += 1) {
      const place = table[slot];
      if (place === 0) return this.add(copyOf(text, start, end), hash, slot);
      const record = place - 1;
      if (records.get(record) === hash && this.isSpelled(record, text, start, end)) {
        return records.get(record + MEANING);
      }
      slot = (slot + 1) & mask;
    }
    const spelling = copyOf(text, start, end);
    const meaning = this.crowded.get(spelling) ?? this.newMeaning(spelling);
    this.crowded.set(spelling, meaning);
    return meaning;
  }

  private isSpelled(record: number, text: string, start: number, end: number): boolean {
    const { records, characters } = this;
    if (records.get(record + LENGTH) !== end - start) return false;
    const from = records.get(record + FROM) - start;
    for (let i = start; i < end; i += 1) {
      if (characters[from + i] !== text.charCodeAt(i)) return false;
    }
    return true;
  }

  private add(spelling: string, hash: number, slot: number): number {
    const meaning = this.newMeaning(spelling);
    const { records } = this;
    this.table[slot] = records.length + 1;
    records.push(hash);
    records.push(this.used);
    records.push(spelling.length);
    records.push(meaning);
    this.keep(spelling);
    if (records.length * 2 > this.table.length * RECORD) this.grow();
    return meaning;
  }

  /** Analyses a spelling that is not known. */
  private newMeaning(spelling: string): number {
    const { term, stop } = this.analyze(spelling);
    let number = this.numbers.get(term);
    if (number === undefined) {
      number = this.terms.length;
      this.numbers.set(term, number);
      this.terms.push(term);
      this.hashes.set(number, hashText(term) | 0);
    }
    return (number << 1) | Number(stop);
  }

  private keep(spelling: string): void {
    if (this.used + spelling.length > this.characters.length) {
      const grown = new Uint16Array(this.characters.length * 2);
      grown.set(this.characters);
      this.characters = grown;
    }
    for (let i = 0; i < spelling.length; i += 1, this.used += 1) {
      this.characters[this.used] = spelling.charCodeAt(i);
    }
  }

  private grow(): void {
    const { records } = this;
    this.table = new Int32Array(this.table.length * 2);
    for (let record = 0; record < records.length; record += RECORD) {
      if (!this.place(record)) this.crowded.set(this.spellingOf(record), records.get(record + MEANING)); // prettier-ignore
    }
  }

  /** Puts a record into the table. @returns Whether there is a place. */
  private place(record: number): boolean {
    const mask = this.table.length - 1;
    const hash = this.records.get(record);
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (let probes = 0; probes < MAX_PROBES; probes += 1) {
      if (this.table[slot] === 0) {
        this.table[slot] = record + 1;
        return true;
      }
      slot = (slot + 1) & mask;
    }
    return false;
  }

  private spellingOf(record: number): string {
    const from = this.records.get(record + FROM);
    const codes = this.characters.subarray(from, from + this.records.get(record + LENGTH));
    return String.fromCharCode(...codes);
  }
}

/** How many characters are read in one step, and how far back to look for a better place to stop. */
const PART = 20_000;
const SEARCHED = 2000;
// eslint-disable-next-line no-misleading-character-class -- single marks are meant
const PARTING = /[^\p{L}\p{M}\p{N}_'’"\u05F3\u05F4\u00AD\u200C\u200D\uD800-\uDFFF]/u;

/** Splits a text into parts that are each read in one step. */
export function* partsOf(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const end = partEnd(text, start);
    yield text.slice(start, end);
    start = end;
  }
}

/** Where a part of a text ends: at a space, else at anything that separates words, else anywhere. */
function partEnd(text: string, start: number): number {
  const last = start + PART;
  if (last >= text.length) return text.length;
  for (let at = last; at > last - SEARCHED; at -= 1) {
    if (isSpace(text.charCodeAt(at))) return at;
  }
  const tail = text.slice(last - SEARCHED, last);
  const parting = tail.search(PARTING);
  return parting >= 0 ? last - SEARCHED + parting : boundaryIn(text, last);
}

const isLetter = (text: string, at: number): boolean =>
  at < text.length && text.charCodeAt(at) < 128 && (KINDS[text.charCodeAt(at)] & LETTER) !== 0;
const isBeyondAscii = (text: string, at: number): boolean =>
  at < text.length && text.charCodeAt(at) >= 128;
const isSpace = (code: number): boolean => code < 128 && (KINDS[code] & SPACE) !== 0;

/** V8 copies shorter substrings instead of referring to the original string. */
const MIN_SLICE = 13;

/** Copies a part of a string: a slice, or a term made of it, would keep the whole text in memory. */
function copyOf(text: string, start: number, end: number): string {
  const slice = text.slice(start, end);
  if (slice.length < MIN_SLICE) return slice;
  const codes = Array.from({ length: slice.length }, (_, i) => slice.charCodeAt(i));
  return String.fromCharCode(...codes);
}
