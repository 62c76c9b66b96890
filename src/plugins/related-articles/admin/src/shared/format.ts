import { useMemo } from 'react';
import { useIntl, type IntlShape } from 'react-intl';

import { PLUGIN_ID } from '../pluginId';

/** A day without a time is the same everywhere. */
const DAY = /^\d{4}-\d{2}-\d{2}$/;

type Values = Record<string, string | number>;

/** Puts things into words in the language of the admin panel. */
export interface Format {
  (id: string, values?: Values): string;
  /** "a, b and c" or "a, b or c". */
  list(items: readonly string[], type?: 'conjunction' | 'disjunction'): string;
  number(value: number): string;
  date(iso: string): string;
  time(iso: string): string;
  /** The name of a language by its locale's code. */
  language(code: string): string;
}

export function useFormat(): Format {
  const { formatMessage, formatDate, formatDisplayName, formatList, formatNumber } = useIntl();
  return useMemo(
    () =>
      Object.assign(
        (id: string, values?: Values) => formatMessage({ id: `${PLUGIN_ID}.${id}` }, values),
        {
          list: (items: readonly string[], type: 'conjunction' | 'disjunction' = 'conjunction') =>
            formatList(items, { type }),
          number: (value: number) => formatNumber(value),
          date: (iso: string) =>
            formatDate(iso, { dateStyle: 'medium', ...(DAY.test(iso) && { timeZone: 'UTC' }) }),
          language: (code: string) => nameOf(code, formatDisplayName),
          time: (iso: string) => formatDate(iso, { dateStyle: 'medium', timeStyle: 'short' }),
        },
      ),
    [formatMessage, formatDate, formatDisplayName, formatList, formatNumber],
  );
}

/** Returns the code itself if `Intl` does not know it: sites may have codes of their own. */
function nameOf(code: string, display: IntlShape['formatDisplayName']): string {
  try {
    return display(code, { type: 'language' }) ?? code;
  } catch {
    return code;
  }
}
