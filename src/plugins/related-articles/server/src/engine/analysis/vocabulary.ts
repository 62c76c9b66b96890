import { FNV_OFFSET, FNV_PRIME, hashText } from '../hash';
import { GrowableInts } from '../growable';
import type { Steps } from '../steps';
import { boundaryIn, MAX_WORD_LENGTH, splitWords } from './words';

/** How many spellings are remembered. Beyond that, all are forgotten, and those in use soon come back. */
const MAX_SPELLINGS = 60_000;
const MIN_CAPACITY = 2 ** 10;
/** Bytes per spelling, including its share of the tables and of the terms. Measured. */
const SPELLING_BYTES = 110;

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

  // Spellings in an open-addressed table: hash, place in `spellings` plus one.
  private keys = new Int32Array(MIN_CAPACITY);
  private places = new Int32Array(MIN_CAPACITY);
  private readonly spellings: string[] = [];
  /** By place: the term's number, doubled, plus one for a stop word. */
  private readonly meanings = new GrowableInts();

  /**
   * @param analyze What a word as written means.
   * @param segment Whether words written without spaces are cut.
   */
  constructor(
    private readonly analyze: (word: string) => Analysed,
    private readonly segment: boolean,
  ) {}

  /** Estimated bytes in memory. */
  get bytes(): number {
    return this.spellings.length * SPELLING_BYTES;
  }

  /** Forgets all spellings and terms if there are too many. Numbers given out before are then invalid. */
  makeRoom(): boolean {
    if (this.spellings.length < MAX_SPELLINGS) return false;
    this.terms.length = 0;
    this.numbers.clear();
    this.keys = new Int32Array(MIN_CAPACITY);
    this.places = new Int32Array(MIN_CAPACITY);
    this.spellings.length = 0;
    return true;
  }

  /**
   * Appends the numbers of a text's words in reading order.
   *
   * @param withStopWords Otherwise they are left out.
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
    const mask = this.keys.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (let place = this.places[slot]; place !== 0; place = this.places[slot]) {
      if (this.keys[slot] === hash && isAt(text, start, end, this.spellings[place - 1])) {
        return this.meanings.get(place - 1);
      }
      slot = (slot + 1) & mask;
    }
    return this.add(text.slice(start, end), hash, slot);
  }

  private add(spelling: string, hash: number, slot: number): number {
    const { term, stop } = this.analyze(spelling);
    let number = this.numbers.get(term);
    if (number === undefined) {
      number = this.terms.length;
      this.numbers.set(term, number);
      this.terms.push(term);
      this.hashes.set(number, hashText(term) | 0);
    }
    const meaning = (number << 1) | Number(stop);
    this.spellings.push(spelling.length < MIN_SLICE ? spelling : copyOf(spelling));
    this.meanings.set(this.spellings.length - 1, meaning);
    this.keys[slot] = hash;
    this.places[slot] = this.spellings.length;
    if (this.spellings.length * 2 > this.keys.length) this.grow();
    return meaning;
  }

  private grow(): void {
    const { keys, places } = this;
    this.keys = new Int32Array(keys.length * 2);
    this.places = new Int32Array(keys.length * 2);
    const mask = this.keys.length - 1;
    for (let from = 0; from < keys.length; from += 1) {
      if (places[from] === 0) continue;
      let slot = (keys[from] ^ (keys[from] >>> 15)) & mask;
      while (this.places[slot] !== 0) slot = (slot + 1) & mask;
      this.keys[slot] = keys[from];
      this.places[slot] = places[from];
    }
  }
}

/** How many characters are read in one step, and how far back to look for a better place to stop. */
const PART = 20_000;
const SEARCHED = 2000;
// eslint-disable-next-line no-misleading-character-class -- single marks are meant
const PARTING = /[^\p{L}\p{M}\p{N}_'’"\u05F3\u05F4\u00AD\u200C\u200D\uD800-\uDFFF]/u;

/** A text in parts that are each read in one step. */
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

/** A string of its own: a slice keeps the whole text it was cut from in memory. */
function copyOf(text: string): string {
  const codes = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  return String.fromCharCode(...codes);
}

function isAt(text: string, start: number, end: number, spelling: string): boolean {
  if (spelling.length !== end - start) return false;
  for (let i = 0; i < spelling.length; i += 1) {
    if (text.charCodeAt(start + i) !== spelling.charCodeAt(i)) return false;
  }
  return true;
}
