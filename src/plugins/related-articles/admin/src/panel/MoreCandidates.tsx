import type { PanelRow } from '../../../shared/contracts';
import { Disclosure } from '../shared/Disclosure';
import { Hint } from '../shared/Hint';
import { useFormat } from '../shared/format';
import type { Target } from '../shared/links';
import { SuggestionList } from './SuggestionList';
import type { Curating } from './useCuration';

interface MoreCandidatesProps {
  uid: string;
  locale?: string;
  rows: PanelRow[];
  /** The list itself. */
  list: PanelRow[];
  excluded: ReadonlySet<string>;
  isOpen: boolean;
  isLoading: boolean;
  toggle(isOpen: boolean): void;
  curation: Curating | null;
  insert: ((target: Target) => void) | null;
}

/** The candidates that come after the list, on demand. */
export function MoreCandidates(props: MoreCandidatesProps) {
  const { uid, locale, rows, list, excluded, isOpen, isLoading, toggle, curation, insert } = props;
  const format = useFormat();
  return (
    <Disclosure
      label={format(isOpen ? 'more.hide' : 'more.show')}
      isOpen={isOpen}
      onToggle={toggle}
    >
      {rows.length === 0 ? (
        <Hint>{format(isLoading ? 'panel.loading' : 'more.none')}</Hint>
      ) : (
        <SuggestionList
          uid={uid}
          locale={locale}
          label={format('more.list')}
          rows={rows}
          curation={curation}
          beside={list}
          excluded={excluded}
          insert={insert}
        />
      )}
    </Disclosure>
  );
}
