import { useEffect, useState } from 'react';

import type { FindOverviewEntriesResponse } from '../../../shared/contracts';
import { useApi, type OverviewQuery } from '../api';
import { problemOf, type Problem } from '../shared/problems';

/** When a page that could not be loaded is asked for again, in milliseconds. */
const AGAIN_MS = 5000;

export interface OverviewEntries {
  /** The last page received; it stays while another one loads, but not if that fails. */
  page: FindOverviewEntriesResponse | null;
  problem: Problem | null;
}

/**
 * A page of the entries behind a figure.
 *
 * @param version Changes when they may have changed.
 */
export function useOverviewEntries(
  uid: string,
  query: OverviewQuery,
  version: string,
): OverviewEntries {
  const { findOverviewEntries } = useApi();
  const [state, setState] = useState<State>({ page: null, problem: null, of: '' });
  const asked = JSON.stringify(query);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const of = JSON.stringify([uid, asked]);
    let timer: ReturnType<typeof setTimeout>;
    const load = async () => {
      try {
        const page = await findOverviewEntries(uid, JSON.parse(asked) as OverviewQuery, signal);
        if (!signal.aborted) setState({ page, problem: null, of });
      } catch (error) {
        if (signal.aborted) return;
        const problem = problemOf(error);
        setState((now) => ({ page: now.of === of ? now.page : null, problem, of }));
        if (problem.mayPass) timer = setTimeout(load, AGAIN_MS);
      }
    };
    void load();
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [asked, findOverviewEntries, uid, version]);
  return state;
}

interface State extends OverviewEntries {
  /** What the page is of. */
  of: string;
}
