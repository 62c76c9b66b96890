import type { Extracted } from './html';

/** A node of Strapi's blocks editor, as far as it matters here. */
interface BlockNode {
  type?: string;
  text?: string;
  url?: string;
  children?: unknown;
  image?: { alternativeText?: string | null; caption?: string | null };
}

/** The words of a text of the blocks editor, without code blocks, and where its links lead. */
export function extractBlocks(blocks: unknown): Extracted {
  const text: string[] = [];
  const links: string[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, text: own, url, children, image } = node as BlockNode;
    if (type === 'code') return;
    if (typeof own === 'string') text.push(own);
    if (type === 'link' && typeof url === 'string') links.push(url);
    if (image) text.push([image.alternativeText, image.caption].filter(Boolean).join(' '));
    if (Array.isArray(children)) children.forEach(visit);
    if (type !== undefined && type !== 'text' && type !== 'link') text.push('\n');
  };
  if (Array.isArray(blocks)) blocks.forEach(visit);
  return { text: text.join(''), links };
}
