import type { FindSuggestionsResponse, PanelRow } from '../../../shared/contracts';
import { Failed } from '../shared/Failed';
import { Hint } from '../shared/Hint';
import { useFormat, type Format } from '../shared/format';
import { useLabels, type Labels } from './useLabels';

interface ListNotesProps {
  response: FindSuggestionsResponse;
  rows: readonly PanelRow[];
  /** Whether the entry was never saved in this locale. */
  isNew: boolean;
  /** Whether nothing is written yet. */
  isBlank: boolean;
  /** `undefined` for a type without locales. */
  locale?: string;
  isDraft: boolean;
  isTooLong: boolean;
  /** Asks again for a list that could not be refreshed; `null` when it is up to date. */
  retry: (() => unknown) | null;
}

/** Notes on a list: what it is based on, what is held back, and what would help. */
export function ListNotes(props: ListNotesProps) {
  const { response, rows, isNew, isBlank, locale, isDraft, isTooLong, retry } = props;
  const format = useFormat();
  const labels = useLabels();
  const { meta } = response;
  const isBlind = !meta.isLive && isDraft;
  const suggested = rows.filter(({ origin }) => origin === 'suggested');
  const isWeak = suggested.length > 0 && suggested.every(({ strength }) => strength === 'weak');
  const helps = helpsFor(meta.missing, format, labels);
  const notes = [
    meta.index && format('panel.building', meta.index),
    isBlind && format(isNew ? 'panel.savedOnly.new' : 'panel.savedOnly'),
    isTooLong && format('panel.tooLong'),
    meta.unread && format(`unread.${meta.unread}`),
    isWeak && [format('panel.weak'), ...helps].join(' '),
    rows.length > 0 && meta.isPartial && format('panel.partial'),
  ];
  const { data } = response;
  const isSuggested = data.rows.some(({ origin }) => origin === 'suggested');
  // In a list with fillers, a pin is not a match: the note that there is none stays, even while a pin is being saved.
  const isMatched = data.filled.length > 0 ? isSuggested : rows.length > 0;
  const isEmpty = !isMatched && !meta.index && !(isBlind && isNew);
  // Suggestions are in the entry's language, which may not be the panel's.
  const language = locale && { language: format.language(locale) };
  const start = language ? format('panel.start.locale', language) : format('panel.start');
  const none = language ? format('panel.empty.locale', language) : format('panel.empty');
  const empty = meta.isPartial
    ? [format('panel.empty.partial')]
    : isBlank
      ? [start]
      : [none, ...(helps.length > 0 ? helps : [format('panel.help.link')])];
  return (
    <>
      {retry && <Failed text={format('panel.stale')} retry={retry} />}
      {[...notes, ...(isEmpty ? empty : [])]
        .filter((note): note is string => Boolean(note))
        .map((note) => (
          <Hint key={note}>{note}</Hint>
        ))}
    </>
  );
}

/** What would give better matches. */
function helpsFor(missing: readonly string[], format: Format, labelOf: Labels): string[] {
  const relations = missing.filter((name) => name !== 'text').map(labelOf);
  return [
    ...(missing.includes('text') ? [format('panel.help.text')] : []),
    ...(relations.length > 0
      ? [format('panel.help.relations', { relations: format.list(relations, 'disjunction') })]
      : []),
  ];
}
