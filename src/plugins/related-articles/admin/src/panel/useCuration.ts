import { useCallback, useRef, useState } from 'react';

import type {
  ConflictDetails,
  FindSuggestionsResponse,
  PanelRow,
  SaveCurationRequest,
} from '../../../shared/contracts';
import { decisionsIn, preview, replaceBy, type Change, type Decisions } from './decisions';
import { statusOf, useApi, type EntryRef } from '../api';

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
  /** Takes the last change back; `null` when there is none, or somebody changed the list after it. */
  undo: (() => void) | null;
  /** After a conflict: makes the change on what is there now; `null` when that would take theirs back. */
  insist: (() => void) | null;
  dismiss(): void;
}

interface Attempt {
  change: Change;
  message: string;
  isUndo: boolean;
}

/** What is decided at a revision. */
interface Decided {
  decisions: Decisions;
  revision: number;
}

/** A change that can be taken back while its revision is the last. */
interface Step {
  before: Decisions;
  revision: number;
}

/**
 * Pins and exclusions of one entry: saved at once, with the revision that the editor has seen.
 *
 * @param entry `null` while the entry has never been saved in this locale.
 */
export function useCuration(
  uid: string,
  entry: EntryRef | null,
  response: FindSuggestionsResponse | null,
  refresh: () => Promise<FindSuggestionsResponse | null>,
): Curating {
  const { saveCuration } = useApi();
  const [pending, setPending] = useState<Decisions | null>(null);
  const [saved, setSaved] = useState<Decided | null>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [steps, setSteps] = useState<Step[]>([]);
  const attempt = useRef<Attempt | null>(null);
  const current = latestOf(response, saved);

  const save = useCallback(
    async (next: Attempt, { decisions: before, revision }: Decided) => {
      if (!entry) return;
      const after = next.change(before);
      attempt.current = next;
      setPending(after);
      setOutcome(null);
      const { documentId, locale } = entry;
      const body: SaveCurationRequest = { ...after, locale, revision };
      try {
        const { revision: now } = await saveCuration(uid, documentId, body);
        setSaved({ decisions: after, revision: now });
        setSteps((taken) =>
          next.isUndo ? undone(taken, now) : [...taken, { before, revision: now }],
        );
        await refresh();
        setOutcome(next.isUndo ? { kind: 'undone' } : { kind: 'done', message: next.message });
      } catch (error) {
        await refresh();
        setOutcome(outcomeOf(error));
      } finally {
        setPending(null);
      }
    },
    [entry, saveCuration, refresh, uid],
  );

  const start = (next: Attempt) => {
    if (current && !pending) void save(next, current);
  };
  const last = steps.at(-1);
  const mayUndo = last && last.revision === current?.revision;
  const failed = attempt.current;
  return {
    rows: rowsOf(response, pending ?? (current === saved && saved ? saved.decisions : null)),
    isBusy: pending !== null,
    outcome,
    apply: (change, message) => start({ change, message, isUndo: false }),
    undo: mayUndo
      ? () => start({ change: replaceBy(last.before), message: '', isUndo: true })
      : null,
    insist: failed && !failed.isUndo ? () => start(failed) : null,
    dismiss: () => setOutcome(null),
  };
}

/** The answer to a save may come before the list that shows it. */
function latestOf(response: FindSuggestionsResponse | null, saved: Decided | null): Decided | null {
  if (!response) return saved;
  const { data, meta } = response;
  const { revision } = meta.curation;
  if (saved && saved.revision > revision) return saved;
  return { decisions: decisionsIn(data.rows, data.exclusions), revision };
}

function rowsOf(response: FindSuggestionsResponse | null, decisions: Decisions | null): PanelRow[] {
  if (!response) return [];
  return decisions ? preview(response.data.rows, decisions) : response.data.rows;
}

/** What the step before left is there again, under a revision of its own. */
function undone(steps: readonly Step[], revision: number): Step[] {
  const left = steps.slice(0, -1);
  const last = left.at(-1);
  return last ? [...left.slice(0, -1), { ...last, revision }] : [];
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
