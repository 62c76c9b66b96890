import { createHmac } from 'node:crypto';

import type { Reference } from '../../../shared/contracts';

const MASK = 'masked:';
const MASK_LENGTH = 22;

/** Stands for documents that an editor may not read, so that their documentIds are not told. */
export class Masks {
  /** @param secret Without it nobody can tell of which documentId a mask is. The same on every instance. */
  constructor(private readonly secret: string) {}

  mask(documentId: string): Reference {
    const hash = createHmac('sha256', this.secret).update(`related-articles ${documentId}`);
    return `${MASK}${hash.digest('base64url').slice(0, MASK_LENGTH)}`;
  }

  /** The documentId that a reference stands for, of those that it may be; `null` for a mask of something else. */
  unmask(reference: Reference, among: Iterable<string>): string | null {
    if (!reference.startsWith(MASK)) return reference;
    for (const documentId of among) if (this.mask(documentId) === reference) return documentId;
    return null;
  }
}
