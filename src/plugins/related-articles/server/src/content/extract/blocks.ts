import { runAtOnce, type Steps } from '../../engine/steps';
import type { Extracted } from './extracted';

/** A node of Strapi's blocks editor, as far as it matters here. */
interface BlockNode {
  type?: string;
  text?: string;
  url?: string;
  children?: unknown;
  image?: { name?: unknown; alternativeText?: unknown; caption?: unknown } | null;
}

/** Far deeper than the editor nests; deeper input is hostile. */
export const MAX_DEPTH = 100;

/** Nodes that are read in one step. */
const STEP = 1000;

/** The words of a text of the blocks editor, without code blocks, and where its links lead. */
export function extractBlocks(blocks: unknown): Extracted {
  return runAtOnce(readBlocks(blocks));
}

/** `extractBlocks` in steps. */
export function* readBlocks(blocks: unknown): Steps<Extracted> {
  const text: string[] = [];
  const links: string[] = [];
  let met = 0;
  const visit = function* (node: unknown, depth: number): Steps<void> {
    met += 1;
    if (met % STEP === 0) yield;
    if (typeof node !== 'object' || node === null || depth > MAX_DEPTH) return;
    const { type, text: own, url, children, image } = node as BlockNode;
    if (type === 'code') return;
    if (typeof own === 'string') text.push(own);
    if (type === 'link' && typeof url === 'string') links.push(url);
    // The editor fills in the file's name where there is no alternative text.
    const alternative = image?.alternativeText === image?.name ? null : image?.alternativeText;
    const words = [alternative, image?.caption].filter((said) => typeof said === 'string');
    if (image) text.push(words.filter(Boolean).join(' '));
    if (Array.isArray(children)) for (const child of children) yield* visit(child, depth + 1);
    if (type !== undefined && type !== 'text' && type !== 'link') text.push('\n');
  };
  if (Array.isArray(blocks)) for (const block of blocks) yield* visit(block, 0);
  return { text: text.join(''), links };
}
