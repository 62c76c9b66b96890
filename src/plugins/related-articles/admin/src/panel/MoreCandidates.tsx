import { Flex, TextButton } from '@strapi/design-system';
import { ChevronDown, ChevronUp } from '@strapi/icons';

import type { PanelRow } from '../../../shared/contracts';
import { Hint } from '../shared/Hint';
import { useFormat } from '../shared/format';
import type { Target } from '../shared/links';
import { SuggestionList } from './SuggestionList';
import type { Curating } from './useCuration';

interface MoreCandidatesProps {
  uid: string;
  locale?: string;
  rows: PanelRow[];
  isOpen: boolean;
  isLoading: boolean;
  toggle(): void;
  curation: Curating | null;
  insert: ((target: Target) => void) | null;
}

/** What comes next behind the list, on demand. */
export function MoreCandidates(props: MoreCandidatesProps) {
  const { uid, locale, rows, isOpen, isLoading, toggle, curation, insert } = props;
  const format = useFormat();
  return (
    <Flex direction="column" alignItems="stretch" gap={1}>
      <TextButton
        aria-expanded={isOpen}
        endIcon={isOpen ? <ChevronUp /> : <ChevronDown />}
        onClick={toggle}
        style={{ alignSelf: 'flex-start', minHeight: '2.4rem' }}
      >
        {format(isOpen ? 'more.hide' : 'more.show')}
      </TextButton>
      {isOpen && rows.length === 0 && (
        <Hint>{format(isLoading ? 'panel.loading' : 'more.none')}</Hint>
      )}
      {isOpen && rows.length > 0 && (
        <SuggestionList
          uid={uid}
          locale={locale}
          label={format('more.list')}
          rows={rows}
          curation={curation}
          isOrdered={false}
          insert={insert}
        />
      )}
    </Flex>
  );
}
