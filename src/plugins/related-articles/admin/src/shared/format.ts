import { useMemo } from 'react';
import { useIntl } from 'react-intl';

import { PLUGIN_ID } from '../pluginId';

type Values = Record<string, string | number>;

/** Puts things into words in the language of the admin panel. */
export interface Format {
  (id: string, values?: Values): string;
  /** "a, b and c" or "a, b or c". */
  list(items: readonly string[], type?: 'conjunction' | 'disjunction'): string;
  date(iso: string): string;
  time(iso: string): string;
}

export function useFormat(): Format {
  const { formatMessage, formatDate, formatList } = useIntl();
  return useMemo(
    () =>
      Object.assign(
        (id: string, values?: Values) => formatMessage({ id: `${PLUGIN_ID}.${id}` }, values),
        {
          list: (items: readonly string[], type: 'conjunction' | 'disjunction' = 'conjunction') =>
            formatList(items, { type }),
          date: (iso: string) => formatDate(iso, { dateStyle: 'medium' }),
          time: (iso: string) => formatDate(iso, { dateStyle: 'medium', timeStyle: 'short' }),
        },
      ),
    [formatMessage, formatDate, formatList],
  );
}
