import { Parser } from 'htmlparser2';
import MarkdownIt from 'markdown-it';
import { createAnalyzer } from 'plugin/engine/analysis/analyzer';
import { readHtml } from 'plugin/content/extract/html';
import { readMarkdown } from 'plugin/content/extract/markdown';
import { GrowableInts } from 'plugin/engine/growable';
import type { Steps } from 'plugin/engine/steps';

import { table } from './table';

const RUNS = 3;
const PARTS = [0.25, 1];
/** How many characters the peer reads: its time and memory may grow without bound. */
const PEER_LENGTH = 50_000;

interface Kind {
  name: string;
  unit: string;
  read: (text: string) => Steps<unknown>;
  /** What is commonly used instead, in one go. */
  peer: (text: string) => unknown;
}

const markdown = new MarkdownIt({ html: true });
const parseHtml = (text: string) => new Parser({}).end(text);
const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });
const segment = (text: string) => {
  let count = 0;
  for (const { isWordLike } of segmenter.segment(text)) count += Number(isWordLike);
  return count;
};
const analyze = (text: string) =>
  createAnalyzer('en').vocabulary.readInSteps(text, new GrowableInts());

const KINDS: Kind[] = [
  { name: 'HTML: <x> nested', unit: '<x>', read: readHtml, peer: parseHtml },
  { name: 'HTML: paragraphs', unit: '<p>Bread <b>rises</b> in the <a href="/oven">oven</a>.</p>\n', read: readHtml, peer: parseHtml }, // prettier-ignore
  { name: 'markdown: ![', unit: '![', read: readMarkdown, peer: (text) => markdown.parse(text, {}) }, // prettier-ignore
  { name: 'markdown: [a][', unit: '[a][', read: readMarkdown, peer: (text) => markdown.parse(text, {}) }, // prettier-ignore
  { name: 'markdown: paragraphs', unit: 'Feed *the* [starter](/articles/rye) with rye.\n\n', read: readMarkdown, peer: (text) => markdown.parse(text, {}) }, // prettier-ignore
  { name: 'words: Han', unit: '漢字仮名交文', read: analyze, peer: segment },
  { name: 'words: Thai', unit: 'ภาษาไทย', read: analyze, peer: segment },
  { name: 'words: English', unit: 'Bread rises in the oven. ', read: analyze, peer: segment },
];

export interface ReadingRow {
  text: string;
  length: number;
  /** The shortest of several runs, in milliseconds. */
  ms: number;
  /** The longest step, which other work has to wait for. */
  longestMs: number;
  /** The peer's time for `PEER_LENGTH` characters: other work waits for all of it. */
  peerMs: number;
}

/** @param length How many characters the longest text has. */
export function measureReading(length: number): ReadingRow[] {
  return KINDS.flatMap(({ name, unit, read, peer }) =>
    PARTS.map((part) => {
      const size = Math.round(length * part);
      const text = unit.repeat(Math.ceil(size / unit.length)).slice(0, size);
      const runs = Array.from({ length: RUNS }, () => measure(read(text)));
      const started = performance.now();
      if (part < 1) peer(text.slice(0, PEER_LENGTH));
      return {
        text: name,
        length: size,
        ms: Math.min(...runs.map(({ ms }) => ms)),
        longestMs: Math.min(...runs.map(({ longestMs }) => longestMs)),
        peerMs: part < 1 ? performance.now() - started : NaN,
      };
    }),
  );
}

function measure(steps: Steps<unknown>): { ms: number; longestMs: number } {
  const started = performance.now();
  let longestMs = 0;
  for (;;) {
    const before = performance.now();
    const { done } = steps.next();
    longestMs = Math.max(longestMs, performance.now() - before);
    if (done) return { ms: performance.now() - started, longestMs };
  }
}

export function describeReading(rows: readonly ReadingRow[]): string {
  return table(
    rows.map(({ text, length, ms, longestMs, peerMs }) => ({
      text,
      characters: length,
      ms: Math.round(ms),
      'longest step': Math.round(longestMs),
      'parser or segmenter, 50000 at once': Number.isNaN(peerMs) ? '' : Math.round(peerMs),
    })),
  );
}
