import { Combobox, ComboboxOption, Field } from '@strapi/design-system';
import { useEffect, useState } from 'react';

import type { FindEntriesResponse } from '../../../shared/contracts';
import { useApi } from '../api';
import type { Curating } from './useCuration';
import { pin } from './decisions';
import { useFormat } from '../shared/format';

const PAUSE_MS = 250;

interface PinSearchProps {
  uid: string;
  locale?: string;
  /** The entry's own documentId: it is not pinned to itself. */
  own?: string;
  curation: Curating;
}

/** Any entry by its title, to be pinned. */
export function PinSearch({ uid, locale, own, curation }: PinSearchProps) {
  const format = useFormat();
  const { findEntries } = useApi();
  const [text, setText] = useState('');
  const [found, setFound] = useState<FindEntriesResponse['data']>([]);
  const [isLoading, setLoading] = useState(false);
  const [hasFailed, setFailed] = useState(false);

  useEffect(() => {
    const query = text.trim();
    if (!query) {
      setFound([]);
      setLoading(false);
      return undefined;
    }
    const controller = new AbortController();
    const { signal } = controller;
    setLoading(true);
    const timer = setTimeout(async () => {
      try {
        const entries = await findEntries(uid, { query, locale }, signal);
        setFound(entries.filter(({ documentId }) => documentId !== own));
        setFailed(false);
      } catch {
        if (signal.aborted) return;
        setFound([]);
        setFailed(true);
      } finally {
        if (!signal.aborted) setLoading(false);
      }
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [findEntries, locale, own, text, uid]);

  return (
    <Field.Root>
      <Field.Label>{format('search.label')}</Field.Label>
      <Combobox
        size="S"
        placeholder={format('search.placeholder')}
        autocomplete={{ type: 'list', filter: 'contains' }}
        textValue={text}
        onTextValueChange={setText}
        loading={isLoading}
        loadingMessage={format('panel.loading')}
        noOptionsMessage={() =>
          format(!text.trim() ? 'search.type' : hasFailed ? 'search.error' : 'search.nothing')
        }
        disabled={curation.isBusy}
        onChange={(documentId?: string) => {
          const entry = found.find((other) => other.documentId === documentId);
          if (!entry) return;
          // After the field has taken the title in.
          setTimeout(() => setText(''));
          curation.apply(pin(entry.documentId), format('done.pinned', { title: entry.title }));
        }}
      >
        {found.map(({ documentId, title, published }) => (
          <ComboboxOption key={documentId} value={documentId} textValue={title}>
            {published ? title : format('search.unpublished', { title })}
          </ComboboxOption>
        ))}
      </Combobox>
    </Field.Root>
  );
}
