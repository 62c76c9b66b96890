import type { FindSuggestionsResponse } from '../../../shared/contracts';
import { Hint } from '../shared/Hint';
import { useFormat } from '../shared/format';
import type { Target } from '../shared/links';
import { SuggestionList } from './SuggestionList';
import type { Curating } from './useCuration';

interface FilledRowsProps {
  uid: string;
  locale?: string;
  response: FindSuggestionsResponse;
  /** The list before them, as it will be. */
  rows: Curating['rows'];
  curation: Curating | null;
  insert: ((target: Target) => void) | null;
}

/** What only fills the list for readers: it is not related, and can be taken out as well. */
export function FilledRows({ uid, locale, response, rows, curation, insert }: FilledRowsProps) {
  const format = useFormat();
  const { data, meta } = response;
  const filled = data.filled.filter(
    ({ reference }) => !rows.some((row) => row.reference === reference),
  );
  if (filled.length === 0) return null;
  return (
    <>
      <Hint>{format(`panel.fallback.${meta.fallback}`)}</Hint>
      <SuggestionList
        uid={uid}
        locale={locale}
        label={format('panel.fallback')}
        rows={filled}
        curation={curation}
        beside={rows}
        insert={insert}
      />
    </>
  );
}
