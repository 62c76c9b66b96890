import { useEffect, useState } from 'react';

import type { FindTypesResponse } from '../../../shared/contracts';
import { findTypes } from '../api';

type Types = FindTypesResponse['data'];

// The types change only when the server restarts.
let known: Types | null = null;
/** Where the types are stored for the next time. */
const NOTED = 'STRAPI_RELATED_ARTICLES_TYPES';
let asked: Promise<Types> | null = null;

/** How soon to ask again after a failure, in milliseconds: later after each. */
const AGAIN_MS = 3000;
const MAX_AGAIN_MS = 60_000;

function note(types: Types): void {
  try {
    localStorage.setItem(NOTED, JSON.stringify(Object.keys(types)));
  } catch {
    // The browser has no room, or allows no storage.
  }
}

function typesOnce(): Promise<Types> {
  asked ??= findTypes()
    .then((types) => {
      known = types;
      note(types);
      return known;
    })
    .finally(() => {
      asked = null;
    });
  return asked;
}

/** Requests the types before anything needs them. Ignores failures: code that needs them handles those. */
export function prefetch(): void {
  if (!known) typesOnce().catch(() => undefined);
}

/** Returns the uids without waiting: as they are now, or were the last time; `null` if they were never known. */
export function knownTypes(): ReadonlySet<string> | null {
  if (known) return new Set(Object.keys(known));
  try {
    const noted: unknown = JSON.parse(localStorage.getItem(NOTED) ?? 'null');
    return Array.isArray(noted) ? new Set(noted as string[]) : null;
  } catch {
    return null;
  }
}

/** The configured content types, asked for once; `null` before they are known. */
export function useTypes(isWanted: boolean): Types | null {
  const [types, setTypes] = useState(known);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    if (!isWanted || types) return undefined;
    let isGone = false;
    let again: ReturnType<typeof setTimeout> | undefined;
    typesOnce().then(
      (found) => {
        if (!isGone) setTypes(found);
      },
      () => {
        // No panel meanwhile.
        if (!isGone)
          again = setTimeout(
            () => setAttempt(attempt + 1),
            Math.min(MAX_AGAIN_MS, AGAIN_MS * (attempt + 1)),
          );
      },
    );
    return () => {
      isGone = true;
      clearTimeout(again);
    };
  }, [attempt, isWanted, types]);
  return isWanted ? types : null;
}
