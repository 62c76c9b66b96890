import { useAuth } from '@strapi/strapi/admin';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';

import type {
  ConflictDetails,
  CurationState,
  FindSuggestionsResponse,
  PanelRow,
} from '../../../shared/contracts';
import { statusOf, useApi, type Direction, type EntryRef } from '../api';
import { bodyOf, decisionsIn, preview, type Change, type Decisions } from './decisions';
import { forgetFacts } from '../list/facts';
import { askBeforeClosing } from '../shared/askBeforeClosing';
import { isAttended } from '../shared/attention';
import { problemOf, untilAnswered, type Problem } from '../shared/problems';
import {
  asSeen,
  basisOf,
  bound,
  following,
  foreseen,
  isDone,
  seenAfter,
  unbound,
  type Decided,
  type Job,
} from './jobs';
import { useLateFailure } from './useLateFailure';
import type { DecidedList } from './reverted';

/** How often to check whether somebody else changed the list, in milliseconds. */
const POLL_MS = 4000;

/** The result of the last change. */
export type Outcome =
  | { kind: 'done'; message: string }
  | { kind: 'reverted'; direction: Direction; before: DecidedList; after: DecidedList }
  | Failure;

/** Why a change was not saved. */
export type Failure =
  | { kind: 'failed'; problem: Problem; retry: (() => void) | null }
  /** Somebody else decided differently about the same entry: nothing is lost, and nothing was overwritten. */
  | { kind: 'conflict'; details: ConflictDetails; insist: (() => void) | null };

type List = FindSuggestionsResponse['data'];

export interface Curating {
  /** The rows as they will be once pending changes are saved. */
  rows: PanelRow[];
  /** What will be removed from the list then. */
  excluded: ReadonlySet<string>;
  outcome: Outcome | null;
  /**
   * Makes a change; changes that are made before it is saved wait for it.
   *
   * @param seen What the editor saw when they began with it, if that was before now.
   */
  apply(change: Change, message: string, seen?: Decided): void;
  /** Returns what the editor sees now; `undefined` if that is not known. */
  look(): Decided | undefined;
  /** Undoes the editor's last change; `null` when there is none. */
  undo: (() => void) | null;
  redo: (() => void) | null;
  dismiss(): void;
}

/** Changes that were not saved, and what the editor is told about them. */
interface Unsaved {
  told: Failure | null;
  jobs: readonly Job[];
}

/** Unsaved changes of an entry, by reason: each stays visible until the editor has decided about it. */
interface Kept extends Record<Reason, Unsaved> {
  /** The panel that is open: makes a change again, shows what happened. `null` where none is. */
  panel: { again(job: Job): void; tell(outcome: Failure): void } | null;
  /** How many saves are under way. */
  saving: number;
}

interface Holding extends Kept {
  hold(): void;
  letGo(): void;
}

/** By editor and entry: panels come and go with locales, versions and pages. */
const kept = new Map<string, Kept>();

/** What is kept of an entry, as long as its panel is open, or something is or may become unsaved. */
function useKept(uid: string, entry: EntryRef | null): Holding {
  const editor = useAuth('RelatedArticles', ({ user }) => user?.id);
  const key = entry && JSON.stringify([editor, uid, entry.documentId, entry.locale]);
  return useMemo(() => {
    const known = key === null ? undefined : kept.get(key);
    const none = { failed: NOTHING, conflict: NOTHING, refused: NOTHING, panel: null, saving: 0 };
    const own: Holding = Object.assign(known ?? none, {
      hold() {
        if (key !== null) kept.set(key, own);
      },
      letGo() {
        const isOver = !own.panel && own.saving === 0 && !undecidedIn(own);
        if (isOver && key !== null && kept.get(key) === own) kept.delete(key);
      },
    });
    own.hold();
    return own;
  }, [key]);
}

const undecidedIn = ({ failed, conflict, refused }: Kept): Failure | null =>
  failed.told ?? conflict.told ?? refused.told;

/** Why a change was not saved: what failed may be tried again, what was refused may not. */
type Reason = (typeof REASONS)[number];
const REASONS = ['failed', 'conflict', 'refused'] as const;

const NOTHING: Unsaved = { told: null, jobs: [] };

/**
 * Pins and exclusions of one entry: each change is saved at once, in turn, with the revision that the editor has seen.
 *
 * @param entry `null` while the entry has never been saved in this locale.
 */
export function useCuration(
  uid: string,
  entry: EntryRef | null,
  response: FindSuggestionsResponse | null,
  refresh: () => Promise<FindSuggestionsResponse | null>,
): Curating {
  const { saveCuration, revert } = useApi();
  const tellLate = useLateFailure();
  const [pending, setPending] = useState<Decisions | null>(null);
  const unsaved = useKept(uid, entry);
  const [outcome, setOutcome] = useState<Outcome | null>(() => undecidedIn(unsaved));
  const jobs = useRef<Job[]>([]);
  const isRunning = useRef(false);
  const runs = useRef(0);
  const latest = useRef<Decided | null>(null);
  const shown = useRef<List | null>(null);
  shown.current = response?.data ?? null;
  // A request sent before a save may be answered after it.
  if (response && response.meta.curation.revision >= (latest.current?.revision ?? -1)) {
    latest.current = decidedIn(response);
  }

  /** @returns The current list; `null` if the server did not answer. */
  const reload = useCallback(async () => {
    const list = await refresh();
    if (list) latest.current = decidedIn(list);
    return list;
  }, [refresh]);

  const undecided = useCallback(() => undecidedIn(unsaved), [unsaved]);
  /** Keeps what was not saved, to make it again if the editor says so. */
  const keep = useCallback(
    (error: unknown, failed: readonly Job[]): Failure => {
      const reason = reasonOf(error);
      const told = failureOf(error, () => {
        const { panel } = unsaved;
        if (!panel) return;
        const { jobs: all } = unsaved[reason];
        unsaved[reason] = NOTHING;
        all.forEach((one) => panel.again(one));
      });
      // Whoever insists has seen what others have decided.
      const left = reason === 'conflict' ? failed.map(unbound) : failed;
      unsaved[reason] = { told, jobs: [...unsaved[reason].jobs, ...left] };
      unsaved.panel?.tell(told);
      return told;
    },
    [unsaved],
  );

  const run = useCallback(async () => {
    if (isRunning.current || !entry) return;
    isRunning.current = true;
    runs.current += 1;
    const own = runs.current;
    const endAsking = askBeforeClosing();
    unsaved.saving += 1;
    /** Whether the list shown is from before the last save. */
    let isStale = false;
    const tell = (done: Outcome) => setOutcome(undecided() ?? done);
    const { documentId, locale } = entry;
    try {
      for (let job = jobs.current[0]; job && latest.current; job = jobs.current[0]) {
        const now = latest.current;
        const { decisions, revision, stamp } = basisOf(job, now);
        try {
          if ('direction' in job) {
            const before = shown.current && { ...shown.current, isHidden: decisions.isHidden };
            const { direction, step } = job;
            await untilAnswered(() => revert(uid, documentId, direction, { locale, step }));
            const now = await reload();
            const after = now ? { ...now.data, isHidden: now.meta.curation.isHidden } : before;
            isStale = false;
            if (before && after) tell({ kind: 'reverted', direction, before, after });
          } else {
            const after = job.change(decisions);
            const body = { ...bodyOf(after), locale, revision, stamp };
            const { isMerged, ...now } = await saveCuration(uid, documentId, body);
            // Changes by others were merged in. Until they are known, the next change is still based on what was seen.
            if (isMerged) isStale = (await reload()) === null;
            else {
              latest.current = { decisions: after, revision: now.revision, stamp: now.stamp };
              isStale = true;
            }
            tell({ kind: 'done', message: job.message });
          }
          jobs.current.shift();
        } catch (error) {
          // Following changes fail, too, if there is no connection, but not for other reasons.
          const mayPass = reasonOf(error) === 'failed';
          const failed = bound(jobs.current.splice(0, mayPass ? Infinity : 1), now);
          jobs.current = following(job, jobs.current);
          const list = await reload();
          isStale = false;
          if (mayPass && list && 'change' in job && isDone(job, decidedIn(list))) {
            // Only the answer was lost.
            jobs.current.unshift(...failed.slice(1));
            tell({ kind: 'done', message: job.message });
          } else tellLate(keep(error, failed));
        }
      }
    } finally {
      isRunning.current = false;
      unsaved.saving -= 1;
      unsaved.letGo();
      endAsking();
      forgetFacts();
    }
    if (isStale) await refresh();
    // Show what was changed meanwhile until its own list has arrived.
    if (runs.current === own) setPending(null);
  }, [entry, keep, refresh, reload, revert, saveCuration, tellLate, uid, undecided, unsaved]);

  const start = useCallback(
    (job: Job) => {
      if (!latest.current) return;
      jobs.current.push(asSeen(job, jobs.current, latest.current));
      setOutcome(undecided());
      setPending(jobs.current.reduce(foreseen, latest.current.decisions));
      void run();
    },
    [run, undecided],
  );
  useOpenPanel(unsaved, start, setOutcome);

  useOthersChanges(uid, entry, latest, isRunning, refresh);
  // A list from before a change names the step before it.
  const isLatest = (response?.meta.curation.revision ?? 0) >= (latest.current?.revision ?? 0);
  const { undoes, redoes } = (isLatest && response?.meta.curation) || {
    undoes: null,
    redoes: null,
  };
  const reverting = (direction: Direction, step: number | null) =>
    step === null || pending !== null ? null : () => start({ direction, step });
  return {
    rows: rowsOf(response, pending),
    excluded: new Set(
      pending?.exclusions ?? response?.data.exclusions.map(({ reference }) => reference),
    ),
    outcome,
    apply: (change, message, seen) => start({ change, message, seen }),
    look: () => (latest.current ? seenAfter(jobs.current, latest.current) : undefined),
    undo: reverting('undo', undoes),
    redo: reverting('redo', redoes),
    dismiss() {
      for (const reason of REASONS) {
        if (unsaved[reason].told === outcome) unsaved[reason] = NOTHING;
      }
      setOutcome(undecided());
    },
  };
}

/** Notes that a panel is open, which takes over from the one before. */
function useOpenPanel(
  unsaved: Holding,
  again: (job: Job) => void,
  tell: (outcome: Failure) => void,
): void {
  const panel = useRef({ again, tell });
  Object.assign(panel.current, { again, tell });
  useEffect(() => {
    const own = panel.current;
    // The panel before, if it closes as this one opens, has let it go.
    unsaved.hold();
    unsaved.panel = own;
    return () => {
      if (unsaved.panel === own) unsaved.panel = null;
      unsaved.letGo();
    };
  }, [unsaved]);
}

/** Shows within seconds what another editor has changed. */
function useOthersChanges(
  uid: string,
  entry: EntryRef | null,
  latest: { current: Decided | null },
  isBusy: { current: boolean },
  refresh: () => Promise<FindSuggestionsResponse | null>,
): void {
  const { findCuration } = useApi();
  useEffect(() => {
    if (!entry) return undefined;
    let isGone = false;
    const look = async () => {
      if (!isAttended() || isBusy.current || !latest.current) return;
      const state: CurationState | null = await findCuration(uid, entry).catch(() => null);
      if (isGone || !state || isBusy.current) return;
      if (state.stamp === latest.current.stamp && state.revision === latest.current.revision)
        return;
      const list = await refresh();
      // Even if the revision is lower, as after an import.
      if (list && !isGone && !isBusy.current) latest.current = decidedIn(list);
    };
    const timer = setInterval(() => void look(), POLL_MS);
    return () => {
      isGone = true;
      clearInterval(timer);
    };
  }, [entry, findCuration, isBusy, latest, refresh, uid]);
}

function decidedIn({ data, meta }: FindSuggestionsResponse): Decided {
  const { curation } = meta;
  return {
    decisions: decisionsIn(data.rows, data.exclusions, curation),
    revision: curation.revision,
    stamp: curation.stamp,
  };
}

function rowsOf(response: FindSuggestionsResponse | null, decisions: Decisions | null): PanelRow[] {
  if (!response) return [];
  const { rows, more, filled } = response.data;
  // A pinned candidate becomes a row at once.
  return decisions
    ? preview([...rows, ...more, ...filled], decisions).slice(0, sizeOf(response, decisions))
    : rows;
}

function sizeOf(
  { data: { rows }, meta: { limit } }: FindSuggestionsResponse,
  { pins, exclusions }: Decisions,
): number {
  const left = rows.filter(({ reference }) => !exclusions.includes(reference));
  const added = pins.filter((pin) => !rows.some(({ reference }) => reference === pin));
  // In a short list, a pin takes an additional place.
  return Math.max(left.length, Math.min(limit, left.length + added.length), pins.length);
}

/** Returns what somebody else has decided; `null` if it is not a conflict, or not the plugin's answer. */
function conflictIn(error: unknown): ConflictDetails | null {
  if (statusOf(error) !== 409) return null;
  const { response } = error as { response?: { data?: { error?: { details?: ConflictDetails } } } };
  return response?.data?.error?.details ?? null;
}

function reasonOf(error: unknown): Reason {
  if (conflictIn(error)) return 'conflict';
  return problemOf(error).mayPass ? 'failed' : 'refused';
}

function failureOf(error: unknown, again: () => void): Failure {
  const details = conflictIn(error);
  if (details) return { kind: 'conflict', details, insist: again };
  const problem = problemOf(error);
  return { kind: 'failed', problem, retry: problem.mayPass ? again : null };
}
