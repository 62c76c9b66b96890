import { createHmac } from 'node:crypto';

import type { Reference } from '../../../shared/contracts';

const MASK = 'masked:';
const MASK_LENGTH = 22;

/** Replaces the documentIds of documents that an editor may not read. */
export class Masks {
  /** @param secret Makes masks irreversible. Must be the same on every instance. */
  constructor(private readonly secret: string) {}

  mask(documentId: string): Reference {
    return `${MASK}${this.hash(documentId)}`;
  }

  /** Returns a stamp for a text, so that editors can say which version they have seen without seeing the ids in it. */
  stamp(text: string): string {
    return this.hash(`stamp ${text}`);
  }

  /** Maps masks back to the documentIds of the documents that may be meant. */
  unmasking(among: Iterable<string>): ReadonlyMap<Reference, string> {
    return new Map([...among].map((documentId) => [this.mask(documentId), documentId]));
  }

  private hash(text: string): string {
    const hash = createHmac('sha256', this.secret).update(`related-articles ${text}`);
    return hash.digest('base64url').slice(0, MASK_LENGTH);
  }
}

export const isMask = (reference: Reference): boolean => reference.startsWith(MASK);
