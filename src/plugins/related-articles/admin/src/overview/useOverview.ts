import { useCallback, useEffect, useRef, useState } from 'react';

import type { FindOverviewResponse } from '../../../shared/contracts';
import { useApi } from '../api';
import { isAttended } from '../shared/attention';
import { problemOf, type Problem } from '../shared/problems';
import { useIsGone } from '../shared/useIsGone';

/** How soon the figures are requested again while something is under way, and otherwise, in milliseconds. */
const SOON_MS = 1500;
const LATER_MS = 15_000;

export interface Overview {
  /** The last figures received. */
  overview: FindOverviewResponse['data'] | null;
  problem: Problem | null;
  refresh(): void;
}

/** Keeps the figures up to date for as long as somebody looks at them. */
export function useOverview(): Overview {
  const { findOverview } = useApi();
  const [overview, setOverview] = useState<FindOverviewResponse['data'] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  const underWay = useRef<AbortController>();

  const isGone = useIsGone();
  const refresh = useCallback(async () => {
    // A decision may be answered after the page was left.
    if (isGone.current) return;
    clearTimeout(timer.current);
    underWay.current?.abort();
    const controller = new AbortController();
    underWay.current = controller;
    let wait = LATER_MS;
    try {
      const found = await findOverview(controller.signal);
      if (controller.signal.aborted) return;
      setOverview(found);
      setProblem(null);
      if (isUnderWay(found)) wait = SOON_MS;
    } catch (error) {
      if (controller.signal.aborted) return;
      const found = problemOf(error);
      setProblem(found);
      if (!found.mayPass) return;
    }
    const again = (): void => {
      if (isAttended()) void refresh();
      else timer.current = setTimeout(again, wait);
    };
    timer.current = setTimeout(again, wait);
  }, [findOverview, isGone]);

  useEffect(() => {
    void refresh();
    return () => {
      clearTimeout(timer.current);
      underWay.current?.abort();
    };
  }, [refresh]);

  return { overview, problem, refresh: () => void refresh() };
}

const isUnderWay = ({ collections, index }: FindOverviewResponse['data']): boolean =>
  !index.ready || index.percent !== null || collections.some(({ progress }) => progress !== null);
