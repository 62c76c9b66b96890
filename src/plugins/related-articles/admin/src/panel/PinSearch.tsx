import { Box, Field, Typography } from '@strapi/design-system';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { styled } from 'styled-components';

import type { FoundEntry } from '../../../shared/contracts';
import { useApi } from '../api';
import { Below } from '../shared/Below';
import { Hint } from '../shared/Hint';
import { useFormat } from '../shared/format';
import { pin } from './decisions';
import type { Curating } from './useCuration';

const PAUSE_MS = 200;

interface PinSearchProps {
  uid: string;
  locale?: string;
  /** The entry's own documentId: it is not pinned to itself. */
  own?: string;
  curation: Curating;
}

const Option = styled.li<{ $isActive: boolean }>`
  padding: ${({ theme }) => `${theme.spaces[1]} ${theme.spaces[2]}`};
  border-radius: ${({ theme }) => theme.borderRadius};
  cursor: pointer;
  background: ${({ theme, $isActive }) => ($isActive ? theme.colors.primary100 : 'none')};
  &[aria-disabled='true'] {
    cursor: default;
    opacity: 0.6;
  }
`;

/** Any entry by words of its title, to be pinned: typed, chosen by the arrow keys, pinned by Enter. */
export function PinSearch({ uid, locale, own, curation }: PinSearchProps) {
  const format = useFormat();
  const id = useId();
  const anchor = useRef<HTMLDivElement>(null);
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const [isOpen, setOpen] = useState(false);
  const { found, state } = useFound(uid, locale, text);
  const entries = found.filter(({ documentId }) => documentId !== own);
  const pinned = new Set(
    curation.rows.filter(({ origin }) => origin === 'pinned').map(({ reference }) => reference),
  );

  const choose = (entry: FoundEntry | undefined) => {
    if (!entry || pinned.has(entry.documentId)) return;
    setText('');
    curation.apply(pin(entry.documentId), format('done.pinned', { title: entry.title }));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps && entries.length > 0) {
      setActive((active + steps[event.key] + entries.length) % entries.length);
    } else if (event.key === 'Enter') choose(entries[active]);
    else if (event.key === 'Escape' && text) setText('');
    else return;
    // Enter would send the form, and Escape leave a dialog.
    event.preventDefault();
    event.stopPropagation();
  };
  const isShown = isOpen && text.trim() !== '';
  const status = { searching: 'panel.loading', failed: 'search.error', found: 'search.nothing' }[state]; // prettier-ignore
  return (
    <div ref={anchor}>
      <Field.Root>
        <Field.Label>{format('search.label')}</Field.Label>
        <Field.Input
          type="text"
          role="combobox"
          autoComplete="off"
          aria-expanded={isShown}
          aria-controls={`${id}-options`}
          aria-autocomplete="list"
          aria-activedescendant={isShown && entries[active] ? `${id}-${active}` : undefined}
          placeholder={format('search.placeholder')}
          size="S"
          value={text}
          onChange={({ target }: { target: { value: string } }) => {
            setText(target.value);
            setActive(0);
            setOpen(true);
          }}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onKeyDown={onKeyDown}
        />
      </Field.Root>
      {isShown && (
        <Below anchor={anchor}>
          <Box padding={1} width="32rem">
            {entries.length === 0 && (
              <Box padding={2}>
                <Hint>{format(status)}</Hint>
              </Box>
            )}
            <ul role="listbox" id={`${id}-options`} aria-label={format('search.label')}>
              {entries.map((entry, at) => (
                <Option
                  key={entry.documentId}
                  id={`${id}-${at}`}
                  role="option"
                  aria-selected={at === active}
                  aria-disabled={pinned.has(entry.documentId)}
                  $isActive={at === active}
                  onMouseEnter={() => setActive(at)}
                  // Before the field loses the focus, and with it the options.
                  onMouseDown={(event) => {
                    event.preventDefault();
                    choose(entry);
                  }}
                >
                  <Typography tag="p">{entry.title || format('untitled')}</Typography>
                  <Hint>{detailsOf(entry, pinned.has(entry.documentId), format).join(' · ')}</Hint>
                </Option>
              ))}
            </ul>
          </Box>
        </Below>
      )}
    </div>
  );
}

function detailsOf(
  { groups, date, published }: FoundEntry,
  isPinned: boolean,
  format: ReturnType<typeof useFormat>,
): string[] {
  return [
    isPinned && format('search.pinned'),
    !published && format('search.unpublished'),
    groups.join(', '),
    date && format.date(date),
  ].filter((part): part is string => Boolean(part));
}

/** Entries for what is typed, when typing pauses. */
function useFound(uid: string, locale: string | undefined, text: string) {
  const { findEntries } = useApi();
  const [found, setFound] = useState<FoundEntry[]>([]);
  const [state, setState] = useState<'searching' | 'failed' | 'found'>('found');
  useEffect(() => {
    const query = text.trim();
    setState('searching');
    if (!query) {
      setFound([]);
      return undefined;
    }
    const controller = new AbortController();
    const { signal } = controller;
    const timer = setTimeout(async () => {
      try {
        setFound(await findEntries(uid, { query, locale }, signal));
        setState('found');
      } catch {
        if (signal.aborted) return;
        setFound([]);
        setState('failed');
      }
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [findEntries, locale, text, uid]);
  return { found, state };
}
