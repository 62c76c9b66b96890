import { EntrySearch } from '../shared/EntrySearch';
import { useFormat } from '../shared/format';
import { pin } from './decisions';
import type { Curating } from './useCuration';

interface PinSearchProps {
  uid: string;
  locale?: string;
  /** The entry's own documentId: it is not pinned to itself. */
  own?: string;
  curation: Curating;
}

/** Finds any entry by words of its title, to pin it. */
export function PinSearch({ uid, locale, own, curation }: PinSearchProps) {
  const format = useFormat();
  const pinned = new Set(
    curation.rows.filter(({ origin }) => origin === 'pinned').map(({ reference }) => reference),
  );
  return (
    <EntrySearch
      uid={uid}
      locale={locale}
      leftOut={own}
      taken={pinned}
      takenLabel={format('search.pinned')}
      label={format('search.label')}
      onChoose={({ documentId, title }) =>
        curation.apply(pin(documentId), format('done.pinned', { title }))
      }
    />
  );
}
