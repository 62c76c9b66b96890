import { useEffect, useState } from 'react';

import type { FindLinksRequest, FindLinksResponse } from '../../../shared/contracts';
import { useApi } from '../api';

/** For how long nothing must change before links are looked for, in milliseconds: behind the list, which is more urgent. */
const PAUSE_MS = 1200;

/**
 * Links that the text in the form could have, and those that lead nowhere.
 *
 * @param version Changes with everything else that asks for them anew.
 * @returns `null` before they are known.
 */
export function useLinks(
  uid: string,
  request: FindLinksRequest,
  version: string,
  isWanted: boolean,
): FindLinksResponse | null {
  const { findLinks } = useApi();
  const [links, setLinks] = useState<FindLinksResponse | null>(null);
  const asked = JSON.stringify(request);
  useEffect(() => {
    if (!isWanted) return undefined;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      // What was found before stays, and fits or does not.
      findLinks(uid, JSON.parse(asked), controller.signal).then(setLinks, () => undefined);
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [asked, findLinks, isWanted, uid, version]);
  return links;
}
