import { useEffect, useState } from 'react';

import type { FindMapResponse } from '../../../shared/contracts';
import { useApi } from '../api';
import { problemOf, type Problem } from '../shared/problems';
import { contentGraph, type ContentGraph } from './contentGraph';

export interface ContentMap {
  content: ContentGraph | null;
  meta: FindMapResponse['meta'] | null;
  problem: Problem | null;
}

/**
 * Fetches the map of a content type in one language.
 *
 * @param version Changes when the map must be read again.
 */
export function useMap(uid: string, locale: string | null, version: string): ContentMap {
  const { findMap } = useApi();
  const [map, setMap] = useState<ContentMap>({ content: null, meta: null, problem: null });
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    findMap(uid, { locale: locale ?? undefined }, signal).then(
      ({ data, meta }) => {
        if (!signal.aborted) setMap({ content: contentGraph(data), meta, problem: null });
      },
      (error) => {
        if (!signal.aborted) setMap((now) => ({ ...now, problem: problemOf(error) }));
      },
    );
    return () => controller.abort();
  }, [findMap, locale, uid, version]);
  return map;
}
