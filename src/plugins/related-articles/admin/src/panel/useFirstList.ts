import { useEffect, useMemo, useRef } from 'react';

import type { FindSuggestionsRequest, FindSuggestionsResponse } from '../../../shared/contracts';
import { useApi } from '../api';

/** The list that was asked for before the panel is there. */
export interface FirstList {
  /** The list for that request if it has come. */
  peek(request: FindSuggestionsRequest): FindSuggestionsResponse | null;
  /** The answer to that request, once; `null` when there is none. */
  take(request: FindSuggestionsRequest): Promise<FindSuggestionsResponse> | null;
}

interface Asked {
  key: string;
  answer: Promise<FindSuggestionsResponse>;
  response: FindSuggestionsResponse | null;
}

/**
 * Asks for the list of what is saved as soon as it is known that there will be a panel: Strapi takes more than a
 * tenth of a second to put it there.
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
