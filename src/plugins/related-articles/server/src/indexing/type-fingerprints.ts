import { createHash } from 'node:crypto';

import type { RelatedType } from '../config/resolve';

/** Returns fingerprints of what shapes the index of each type: if one differs, the type is read again. */
export function typeFingerprints(types: ReadonlyMap<string, RelatedType>): Record<string, string> {
  return Object.fromEntries(
    [...types].map(([uid, type]) => {
      // Policies and ranking shape no document; patterns, languages and sources do.
      const shape = { ...type, policies: undefined, ranking: undefined };
      const text = JSON.stringify(shape, (_key, value) => {
        if (value instanceof Map) return [...value];
        return value instanceof RegExp ? String(value) : value;
      });
      return [uid, createHash('sha1').update(text).digest('base64url')];
    }),
  );
}
