import { useCallback, useEffect, useRef, useState } from 'react';
import { useFetchClient } from '@strapi/strapi/admin';

import type {
  ConflictDetails,
  FindSuggestionsResponse,
  PanelRow,
  SaveCurationRequest,
  SaveCurationResponse,
} from '../../../shared/contracts';
import { decisionsIn, preview, replaceBy, type Change, type Decisions } from '../utils/decisions';
import { statusOf } from './useSuggestions';

/** What became of the last change. */
export type Outcome =
  | { kind: 'done'; message: string }
  | { kind: 'undone' }
  | { kind: 'failed'; reason: string }
  /** Somebody else changed it first: nothing is lost, and nothing was overwritten. */
  | { kind: 'conflict'; details: ConflictDetails };

export interface Curating {
  /** The rows as they will be, while a change is on its way. */
  rows: PanelRow[];
  isBusy: boolean;
  outcome: Outcome | null;
  apply(change: Change, message: string): void;
  /** Takes the last change back; `null` when there is none. */
  undo: (() => void) | null;
  /** After a conflict: makes the change on what is there now. */
  insist(): void;
  dismiss(): void;
}

interface Attempt {
  change: Change;
  message: string;
}

/**
 * Pins and exclusions of one entry: saved at once, with the revision that the editor has seen.
 *
 * @param entry `null` while the entry has never been saved in this locale.
 */
export function useCuration(
  uid: string,
  entry: { documentId: string; locale?: string } | null,
  response: FindSuggestionsResponse | null,
  refresh: () => Promise<FindSuggestionsResponse | null>,
): Curating {
  const { put } = useFetchClient();
  const [pending, setPending] = useState<Decisions | null>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [history, setHistory] = useState<Decisions[]>([]);
  const attempt = useRef<Attempt | null>(null);
  const place = `${uid} ${entry?.documentId} ${entry?.locale}`;

  useEffect(() => {
    setOutcome(null);
    setHistory([]);
  }, [place]);

  const save = useCallback(
    async ({ change, message }: Attempt, from: FindSuggestionsResponse, isUndo: boolean) => {
      if (!entry) return;
      const before = decisionsIn(from.data.rows, from.data.exclusions);
      const after = change(before);
      attempt.current = { change, message };
      setPending(after);
      setOutcome(null);
      const body: SaveCurationRequest = {
        ...after,
        locale: entry.locale,
        revision: from.meta.curation.revision,
      };
      try {
        await put<SaveCurationResponse>(
          `/related-articles/curations/${uid}/${entry.documentId}`,
          body,
        );
        setHistory((steps) => (isUndo ? steps.slice(0, -1) : [...steps, before]));
        await refresh();
        setOutcome(isUndo ? { kind: 'undone' } : { kind: 'done', message });
      } catch (error) {
        await refresh();
        setOutcome(outcomeOf(error));
      } finally {
        setPending(null);
      }
    },
    [entry?.documentId, entry?.locale, put, refresh, uid],
  );

  const start = (next: Attempt, isUndo = false) => {
    if (response && !pending) void save(next, response, isUndo);
  };
  const last = history.at(-1);
  return {
    rows: response ? (pending ? preview(response.data.rows, pending) : response.data.rows) : [],
    isBusy: pending !== null,
    outcome,
    apply: (change, message) => start({ change, message }),
    undo: last ? () => start({ change: replaceBy(last), message: '' }, true) : null,
    insist: () => {
      if (attempt.current) start(attempt.current);
    },
    dismiss: () => setOutcome(null),
  };
}

function outcomeOf(error: unknown): Outcome {
  const { error: told } =
    (error as { response?: { data?: { error?: { message: string; details?: unknown } } } }).response
      ?.data ?? {};
  if (statusOf(error) === 409) {
    return { kind: 'conflict', details: told?.details as ConflictDetails };
  }
  return { kind: 'failed', reason: told?.message ?? String((error as Error).message) };
}
