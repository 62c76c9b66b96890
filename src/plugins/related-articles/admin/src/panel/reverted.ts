import type { FindSuggestionsResponse, PanelEntry, PanelRow } from '../../../shared/contracts';
import type { Format } from '../shared/format';
import { titleOf } from '../shared/titles';

export interface DecidedList extends Pick<FindSuggestionsResponse['data'], 'rows' | 'exclusions'> {
  /** Whether the entry itself is never suggested. */
  isHidden: boolean;
}

/** Describes what an undo or redo has changed; empty if it changed nothing. */
export function changesBetween(before: DecidedList, after: DecidedList, format: Format): string {
  const pins = [pinsOf(before), pinsOf(after)] as const;
  const exclusions = [before.exclusions, after.exclusions] as const;
  const changes = [
    ['pinned', added(...pins)],
    ['unpinned', added(pins[1], pins[0])],
    ['excluded', added(...exclusions)],
    ['allowed', added(exclusions[1], exclusions[0])],
    ['dated', dated(...pins)],
  ] as const;
  const said = changes
    .filter(([, entries]) => entries.length > 0)
    .map(([kind, entries]) => {
      const titles = format.list(entries.map((entry) => titleOf(entry, format)));
      return format(`history.${kind}`, { titles });
    });
  if (before.isHidden !== after.isHidden)
    said.push(format(after.isHidden ? 'history.hidden' : 'history.shown'));
  if (said.length > 0) return said.join(' · ');
  const orderOf = (entries: readonly PanelEntry[]) => entries.map(({ reference }) => reference).join(); // prettier-ignore
  return orderOf(pins[0]) === orderOf(pins[1]) ? '' : format('history.reordered');
}

const pinsOf = ({ rows }: DecidedList) => rows.filter(({ origin }) => origin === 'pinned');

const added = (before: readonly PanelEntry[], after: readonly PanelEntry[]) =>
  after.filter(({ reference }) => !before.some((other) => other.reference === reference));

const dated = (before: readonly PanelRow[], after: readonly PanelRow[]) =>
  after.filter(({ reference, until }) =>
    before.some((other) => other.reference === reference && other.until !== until),
  );
