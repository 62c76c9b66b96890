import { useCallback, useEffect, useRef, useState } from 'react';

import type { FindLinksRequest, FindLinksResponse } from '../../../shared/contracts';
import { useApi } from '../api';
import { problemOf } from '../shared/problems';

/** How long nothing must change before links are looked for, in milliseconds: longer than for the more urgent list. */
const PAUSE_MS = 1200;
/** How soon to look again after each failure, in milliseconds; the last one repeats. */
const FAILED_MS = [5000, 15_000, 60_000];

export interface FoundLinks {
  response: FindLinksResponse;
  /** The form's values that they were found in. */
  values: Record<string, unknown>;
}

export interface Links {
  /** `null` before they are known. */
  found: FoundLinks | null;
  /** Whether the last search failed. */
  isOld: boolean;
  /** Looks for them at once. */
  refresh(): void;
}

/**
 * Finds links that the text in the form could have, and links that lead nowhere.
 *
 * @param values The form's values that are searched.
 * @param version Changes with everything else that requires a new search.
 */
export function useLinks(
  uid: string,
  request: FindLinksRequest,
  { values, version, isWanted }: { values: Record<string, unknown>; version: string; isWanted: boolean }, // prettier-ignore
): Links {
  const { findLinks } = useApi();
  const [found, setFound] = useState<FoundLinks | null>(null);
  const [isOld, setOld] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const isHurried = useRef(false);
  const asked = JSON.stringify(request);
  const read = useRef(values);
  read.current = values;
  useEffect(() => {
    if (!isWanted) return undefined;
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    let failures = 0;
    const look = () => {
      const of = read.current;
      findLinks(uid, JSON.parse(asked), controller.signal).then(
        (response) => {
          setFound({ response, values: of });
          setOld(false);
        },
        (error) => {
          if (controller.signal.aborted) return;
          setOld(true);
          // A refused request, such as for a text that is too long, would be refused again.
          if (!problemOf(error).mayPass) return;
          timer = setTimeout(look, FAILED_MS[Math.min(failures, FAILED_MS.length - 1)]);
          failures += 1;
        },
      );
    };
    timer = setTimeout(look, isHurried.current ? 0 : PAUSE_MS);
    isHurried.current = false;
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [asked, attempt, findLinks, isWanted, uid, version]);
  const refresh = useCallback(() => {
    isHurried.current = true;
    setAttempt((before) => before + 1);
  }, []);
  return { found, isOld, refresh };
}
