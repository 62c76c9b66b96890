import { useEffect, useState } from 'react';

import type { FindOverviewEntriesResponse } from '../../../shared/contracts';
import { useApi, type OverviewQuery } from '../api';
import { problemOf, type Problem } from '../shared/problems';

export interface OverviewEntries {
  /** The last page received; it stays while another one loads. */
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
  const [state, setState] = useState<OverviewEntries>({ page: null, problem: null });
  const asked = JSON.stringify(query);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    findOverviewEntries(uid, JSON.parse(asked) as OverviewQuery, signal).then(
      (page) => signal.aborted || setState({ page, problem: null }),
      (error) => signal.aborted || setState(({ page }) => ({ page, problem: problemOf(error) })),
    );
    return () => controller.abort();
  }, [asked, findOverviewEntries, uid, version]);
  return state;
}
