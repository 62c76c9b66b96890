import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router-dom';

import { OVERVIEW_LISTS, type OverviewList } from '../../../shared/contracts';

/** What the page shows: kept in its address, so that editors can go back to it and share it. */
export interface Place {
  uid: string;
  locale: string | null;
  list: OverviewList;
  search: string;
  sort: string;
  page: number;
}

/** The initial order of a list. */
const SORTS: Partial<Record<OverviewList, string>> = {
  all: 'appearsOn:desc',
  weak: 'strength:asc',
  pinned: 'appearsOn:desc',
};
export const sortOf = (list: OverviewList): string => SORTS[list] ?? 'title:asc';

export function usePlace(): [Partial<Place>, (change: Partial<Place>) => void] {
  const [params, setParams] = useSearchParams();
  const place = useMemo((): Partial<Place> => {
    const list = OVERVIEW_LISTS.find((one) => one === params.get('list'));
    const page = Number(params.get('page'));
    return {
      uid: params.get('type') ?? undefined,
      locale: params.get('locale'),
      list,
      search: params.get('search') ?? '',
      sort: params.get('sort') ?? undefined,
      page: Number.isInteger(page) && page > 0 ? page : 1,
    };
  }, [params]);
  const go = useCallback(
    (change: Partial<Place>) => {
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          for (const [name, value] of Object.entries(change)) {
            const key = name === 'uid' ? 'type' : name;
            if (value === null || value === undefined || value === '') next.delete(key);
            else next.set(key, String(value));
          }
          return next;
        },
        { replace: true },
      );
    },
    [setParams],
  );
  return [place, go];
}
