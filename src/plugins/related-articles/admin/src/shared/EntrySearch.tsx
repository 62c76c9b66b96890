import { Box, Field, Typography } from '@strapi/design-system';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { styled } from 'styled-components';

import type { FoundEntry } from '../../../shared/contracts';
import { useApi } from '../api';
import { Below } from './Below';
import { Hint } from './Hint';
import { useFormat } from './format';

const PAUSE_MS = 200;
const NONE: FoundEntry[] = [];

interface EntrySearchProps {
  uid: string;
  locale?: string;
  /** The documentId of an entry that is not offered. */
  leftOut?: string;
  /** Entries that are offered but cannot be chosen, because they already are. */
  taken: ReadonlySet<string>;
  /** What is shown for those. */
  takenLabel: string;
  label: string;
  onChoose(entry: FoundEntry): void;
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

/** Finds any entry by words of its title: type, move with the arrow keys, choose with Enter. */
export function EntrySearch({
  uid,
  locale,
  leftOut,
  taken,
  takenLabel,
  label,
  onChoose,
}: EntrySearchProps) {
  const format = useFormat();
  const id = useId();
  const anchor = useRef<HTMLDivElement>(null);
  const [text, setText] = useState('');
  /** The entry that the keys or the mouse have moved to since the last letter, if any. */
  const [movedTo, setMovedTo] = useState<string | null>(null);
  const [isOpen, setOpen] = useState(false);
  const { found, state, isCurrent, again } = useFound(uid, locale, text);
  /** Whether Enter was pressed before the results arrived. */
  const [isAwaited, setAwaited] = useState(false);
  const entries = found.filter(({ documentId }) => documentId !== leftOut);
  const moved = entries.findIndex(({ documentId }) => documentId === movedTo);
  const active = Math.max(0, moved);

  const choose = (entry: FoundEntry | undefined) => {
    if (!entry || taken.has(entry.documentId)) return;
    setText('');
    onChoose(entry);
  };
  useEffect(() => {
    if (!isAwaited || !isCurrent) return;
    setAwaited(false);
    choose(entries[active]);
  });
  useEffect(() => {
    document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: 'nearest' });
  }, [active, id]);
  const onKeyDown = (event: KeyboardEvent) => {
    // These keys belong to the input method, even the Enter that confirms a word. Safari sends 229 after composing.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    // Strapi saves with Ctrl or Cmd and Enter.
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps && entries.length > 0) {
      setMovedTo(entries[(active + steps[event.key] + entries.length) % entries.length].documentId);
    } else if (event.key === 'Enter') {
      // What one has moved to is meant, though other results are on their way.
      if (isCurrent || moved >= 0) choose(entries[active]);
      else setAwaited(true);
      if (state === 'failed') again();
    } else if (event.key === 'Escape' && text) setText('');
    else return;
    // Enter would submit the form, and Escape would close a dialog.
    event.preventDefault();
    event.stopPropagation();
  };
  const isShown = isOpen && text.trim() !== '';
  const status = { searching: 'panel.loading', failed: 'search.error', found: 'search.nothing' }[state]; // prettier-ignore
  return (
    <div ref={anchor}>
      <Field.Root>
        <Field.Label>{label}</Field.Label>
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
            setMovedTo(null);
            setAwaited(false);
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
            <ul role="listbox" id={`${id}-options`} aria-label={label}>
              {entries.map((entry, at) => (
                <Option
                  key={entry.documentId}
                  id={`${id}-${at}`}
                  role="option"
                  aria-selected={at === active}
                  aria-disabled={taken.has(entry.documentId)}
                  $isActive={at === active}
                  // Not where options open under a mouse at rest.
                  onMouseMove={({ movementX, movementY }) => {
                    if (movementX !== 0 || movementY !== 0) setMovedTo(entry.documentId);
                  }}
                  // Before the field loses the focus, which closes the options.
                  onMouseDown={(event) => {
                    event.preventDefault();
                    if (event.button === 0) choose(entry);
                  }}
                >
                  <Typography tag="p">{entry.title || format('untitled')}</Typography>
                  <Hint>
                    {detailsOf(entry, taken.has(entry.documentId) ? takenLabel : null, format).join(
                      ' · ',
                    )}
                  </Hint>
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
  takenLabel: string | null,
  format: ReturnType<typeof useFormat>,
): string[] {
  return [
    takenLabel,
    !published && format('search.unpublished'),
    groups.join(', '),
    date && format.date(date),
  ].filter((part): part is string => Boolean(part));
}

/** Entries for what is typed, when typing pauses. */
function useFound(uid: string, locale: string | undefined, text: string) {
  const { findEntries } = useApi();
  const [found, setFound] = useState<FoundEntry[]>([]);
  /** The query and locale that the results are for. */
  const [answered, setAnswered] = useState<[string, string | undefined]>(['', locale]);
  const [state, setState] = useState<'searching' | 'failed' | 'found'>('found');
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const query = text.trim();
    setState('searching');
    if (!query) {
      setFound([]);
      setAnswered(['', locale]);
      return undefined;
    }
    const controller = new AbortController();
    const { signal } = controller;
    const timer = setTimeout(async () => {
      try {
        setFound(await findEntries(uid, { query, locale }, signal));
        setAnswered([query, locale]);
        setState('found');
      } catch {
        if (signal.aborted) return;
        setFound([]);
        setAnswered(['', locale]);
        setState('failed');
      }
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [findEntries, locale, text, tries, uid]);
  const [query, language] = answered;
  // Entries of another locale are not offered meanwhile.
  const isThere = language === locale;
  return {
    found: isThere ? found : NONE,
    state,
    isCurrent: isThere && query === text.trim(),
    again: () => setTries((before) => before + 1),
  };
}
