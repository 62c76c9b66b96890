import { useCallback, useEffect, useRef, useState } from 'react';

import type { FindAppearancesResponse } from '../../../shared/contracts';
import { useApi, type EntryRef } from '../api';

type Appearances = FindAppearancesResponse['data'];

/** How soon to ask again if the index does not hold the entry yet, in milliseconds. */
const AGAIN_MS = 2000;

export interface Finding {
  /** `null` until they are found. */
  appearances: Appearances | null;
  hasFailed: boolean;
  refresh(): Promise<void>;
}

/**
 * Finds the lists that one entry is in.
 *
 * @param isWanted Whether to ask: it takes the server a while.
 * @param version Changes when the lists may have changed.
 */
export function useAppearances(
  uid: string,
  entry: EntryRef | null,
  isWanted: boolean,
  version: string,
): Finding {
  const { findAppearances } = useApi();
  const [appearances, setAppearances] = useState<Appearances | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const documentId = entry?.documentId;
  const locale = entry?.locale;

  const again = useRef<ReturnType<typeof setTimeout>>();
  const asked = useRef(0);
  const load = useCallback(
    async (signal?: AbortSignal): Promise<void> => {
      clearTimeout(again.current);
      if (!documentId || signal?.aborted) return;
      asked.current += 1;
      const own = asked.current;
      try {
        const found = await findAppearances(uid, { documentId, locale }, signal);
        // A later answer may have come first.
        if (own !== asked.current) return;
        setAppearances(found);
        setFailed(false);
        if (found.state === 'unindexed') {
          again.current = setTimeout(() => void load(signal), AGAIN_MS);
        }
      } catch {
        if (!signal?.aborted && own === asked.current) setFailed(true);
      }
    },
    [documentId, findAppearances, locale, uid],
  );

  useEffect(() => {
    if (!isWanted) return undefined;
    const controller = new AbortController();
    void load(controller.signal);
    // It may have been pinned elsewhere meanwhile, in another tab.
    const look = () => {
      if (document.visibilityState === 'visible') void load(controller.signal);
    };
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      controller.abort();
      clearTimeout(again.current);
    };
  }, [isWanted, load, version]);

  return { appearances, hasFailed, refresh: () => load() };
}
