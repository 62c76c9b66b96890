import { useEffect, useMemo, useRef } from 'react';

import type { FindSuggestionsRequest, FindSuggestionsResponse } from '../../../shared/contracts';
import { useApi } from '../api';

/** The list that is requested before the panel is there. */
export interface FirstList {
  /** Returns the list for that request if it has arrived. */
  peek(request: FindSuggestionsRequest): FindSuggestionsResponse | null;
  /** Returns the answer to that request, but only once; `null` when there is none. */
  take(request: FindSuggestionsRequest): Promise<FindSuggestionsResponse> | null;
}

interface Asked {
  key: string;
  answer: Promise<FindSuggestionsResponse>;
  response: FindSuggestionsResponse | null;
}

/**
 * Requests the list for the saved entry as soon as it is known that there will be a panel: Strapi takes more than a
 * tenth of a second to show it.
 */
export function useFirstList(
  uid: string,
  { documentId, locale, status }: FindSuggestionsRequest,
  isWanted: boolean,
): FirstList {
  const { findSuggestions } = useApi();
  const first = useRef<Asked | null>(null);

  useEffect(() => {
    if (!isWanted || !documentId) return;
    const request = { documentId, locale, status };
    const answer = findSuggestions(uid, request);
    const asked: Asked = { key: JSON.stringify([uid, request]), answer, response: null };
    first.current = asked;
    answer.then(
      (response) => {
        asked.response = response;
      },
      // The caller of `take()` handles the rejection.
      () => undefined,
    );
  }, [documentId, findSuggestions, isWanted, locale, status, uid]);

  return useMemo(() => {
    const find = (request: FindSuggestionsRequest): Asked | null =>
      first.current?.key === JSON.stringify([uid, request]) ? first.current : null;
    return {
      peek: (request) => find(request)?.response ?? null,
      take: (request) => {
        const asked = find(request);
        first.current = null;
        return asked?.answer ?? null;
      },
    };
  }, [uid]);
}
