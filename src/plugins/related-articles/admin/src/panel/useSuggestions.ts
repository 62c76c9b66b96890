import { useCallback, useEffect, useRef, useState } from 'react';

import type { FindSuggestionsRequest, FindSuggestionsResponse } from '../../../shared/contracts';
import { statusOf, useApi } from '../api';
import { isAttended } from '../shared/attention';
import { useIsGone } from '../shared/useIsGone';
import type { FirstList } from './useFirstList';

/** How long nothing must change before the list is requested again, in milliseconds. */
const PAUSE_MS = 400;
/** How soon to ask again while the index is being built, and after too many requests, in milliseconds. */
const BUILDING_MS = 2000;
const BUSY_MS = 5000;
/** How soon to ask again after each failure, in milliseconds; the last one repeats. */
const FAILED_MS = [2000, 5000, 15_000, 60_000];

export interface Suggestions {
  /** The last list received; it stays while another one loads. */
  response: FindSuggestionsResponse | null;
  /** Why there is no new one: this editor may not see it, or something went wrong. */
  failure: 'forbidden' | 'error' | null;
  /** Whether the form is too long to be compared unsaved. */
  isTooLong: boolean;
  /** Resolves with the current list. */
  refresh(): Promise<FindSuggestionsResponse | null>;
}

/**
 * Fetches the list for what is in an entry's form: at once at first, then whenever what it depends on has not changed
 * for a while. Drops answers to earlier requests.
 *
 * @param version Changes with everything else that asks for a new list, such as a save.
 * @param firstList What was requested before the panel was there.
 */
export function useSuggestions(
  uid: string,
  request: FindSuggestionsRequest,
  version: string,
  firstList: FirstList,
): Suggestions {
  const { findSuggestions } = useApi();
  const [state, setState] = useState<Omit<Suggestions, 'refresh'>>(() => ({
    response: firstList.peek(request),
    failure: null,
    isTooLong: false,
  }));
  const latest = useRef(request);
  latest.current = request;
  const underWay = useRef<AbortController | null>(null);
  const retry = useRef<ReturnType<typeof setTimeout>>();
  const failures = useRef(0);
  const isGone = useIsGone();

  const refresh = useCallback(async (): Promise<FindSuggestionsResponse | null> => {
    clearTimeout(retry.current);
    underWay.current?.abort();
    const controller = new AbortController();
    underWay.current = controller;
    const ask = (body: FindSuggestionsRequest) => findSuggestions(uid, body, controller.signal);
    const again = (ms: number) => {
      // A change may still be on its way when the panel is left.
      if (isGone.current) return;
      retry.current = setTimeout(() => (isAttended() ? void refresh() : again(ms)), ms);
    };
    try {
      let isTooLong = false;
      const first = firstList.take(latest.current);
      const response = await (first ?? ask(latest.current)).catch((error) => {
        if (statusOf(error) !== 413) throw error;
        isTooLong = true;
        return ask({ ...latest.current, values: undefined });
      });
      if (underWay.current !== controller) return null;
      failures.current = 0;
      setState({ response, failure: null, isTooLong });
      if (response.meta.index) again(BUILDING_MS);
      return response;
    } catch (error) {
      if (underWay.current !== controller) return null;
      if (statusOf(error) === 429) again(BUSY_MS);
      else {
        const failure = statusOf(error) === 403 ? 'forbidden' : 'error';
        setState((before) => ({ ...before, failure }));
        if (failure === 'error') {
          again(FAILED_MS[Math.min(failures.current, FAILED_MS.length - 1)]);
          failures.current += 1;
        }
      }
      return null;
    }
  }, [findSuggestions, firstList, isGone, uid]);

  // Only what is sent matters, not which object holds it.
  const changes = JSON.stringify([request.values, request.relations]);
  const asked = useRef(changes);
  const written = useRef(changes);
  written.current = changes;
  // If the entry changed on the server, ask at once; while the editor types, at the next pause.
  useEffect(() => {
    asked.current = written.current;
    void refresh();
  }, [version, refresh]);
  useEffect(() => {
    if (asked.current === changes) return undefined;
    const timer = setTimeout(() => {
      asked.current = changes;
      void refresh();
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [changes, refresh]);

  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible') void refresh();
    };
    document.addEventListener('visibilitychange', look);
    window.addEventListener('online', look);
    return () => {
      window.removeEventListener('online', look);
      document.removeEventListener('visibilitychange', look);
      clearTimeout(retry.current);
      underWay.current?.abort();
      underWay.current = null;
    };
  }, [refresh]);

  return { ...state, refresh };
}
