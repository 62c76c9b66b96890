import { useEffect, useState } from 'react';

import type { FindTypesResponse } from '../../../shared/contracts';
import { findTypes } from '../api';

type Types = FindTypesResponse['data'];

// They change with a restart of the server only.
let known: Types | null = null;
/** Where the types of the last time are noted. */
const NOTED = 'STRAPI_RELATED_ARTICLES_TYPES';
let asked: Promise<Types> | null = null;

/** How soon they are asked for again after a failure. */
const AGAIN_MS = 3000;

function typesOnce(): Promise<Types> {
  asked ??= findTypes()
    .then((types) => {
      known = types;
      localStorage.setItem(NOTED, JSON.stringify(Object.keys(types)));
      return known;
    })
    .finally(() => {
      asked = null;
    });
  return asked;
}

/** Asks for them before anything needs them; a failure is noticed by who does. */
export function prefetch(): void {
  if (!known) typesOnce().catch(() => undefined);
}

/** Their uids, for those who cannot wait: as they are now, or were the last time; `null` before there was one. */
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
        if (!isGone) again = setTimeout(() => setAttempt(attempt + 1), AGAIN_MS);
      },
    );
    return () => {
      isGone = true;
      clearTimeout(again);
    };
  }, [attempt, isWanted, types]);
  return isWanted ? types : null;
}
