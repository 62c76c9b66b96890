import type { Core } from '@strapi/strapi';

import { ownRows } from '../changes/own-rows';
import {
  CURATION_EVENT,
  decisionsIn,
  idsIn,
  isSameDecision,
  NEWEST_FIRST,
  NO_DECISIONS,
  withoutOver,
  type CurationSource,
  type Decisions,
} from './curation';
import { mergeDecisions, pairIn, touchedBy } from './merge';

/** How many changes of an entry are read: also how far back they can be undone. */
const MAX_STEPS = 50;

/** One change of a curation. */
export interface Step {
  action: 'changed' | 'ended' | 'copied' | 'removed';
  /** ISO date. */
  at: string;
  revision: number;
  /** The revision that it reverts. */
  reverts: number | null;
  editor: string | null;
  editorId: string | null;
  /** documentIds about which others had just decided the same; `''` for whether the document is hidden. */
  agreed: readonly string[];
  before: Decisions;
  after: Decisions;
  /** Whether `before` is the state right before this step, with no step in between missing from the history. */
  isWhole: boolean;
}

export type Direction = 'undo' | 'redo';

/** Reads the audit trail of curations. */
export class CurationHistory {
  constructor(private readonly strapi: Core.Strapi) {}

  /** The last changes, newest first. */
  async steps(source: CurationSource): Promise<Step[]> {
    const found: Record<string, unknown>[] = await ownRows(
      this.strapi,
      CURATION_EVENT.uid,
    ).findMany({ where: { ...source }, orderBy: NEWEST_FIRST, limit: MAX_STEPS });
    const rows = inOrder(found);
    const states = rows.map((row) => (row.action === 'removed' ? NO_DECISIONS : decisionsIn(row)));
    const isFirst = ({ revision }: Record<string, unknown>) => Number(revision) === 1;
    /** Whether the history has two steps of one revision. They are next to each other. */
    const isTwofold = (at: number) =>
      [at - 1, at + 1].some((next) => {
        const [row, other] = [rows.at(at), next < 0 ? undefined : rows.at(next)];
        // A removal has the revision of what it removes.
        const isLiving = row && other && ![row, other].some(({ action }) => action === 'removed');
        const isSame = isLiving && Number(other.revision) === Number(row.revision);
        if (!isSame) return false;
        // An import may have brought one step twice.
        return row.editorId !== other.editorId || !isSameDecision(states[next], states[at]);
      });
    // The state before the oldest step is unknown, unless that is the first step: history is kept only for a while.
    const known = rows.filter((row, at) => at < rows.length - 1 || isFirst(row));
    return known.map((row, at): Step => {
      const text = (value: unknown) => (typeof value === 'string' ? value : null);
      const older = rows.at(at + 1);
      const follows = older !== undefined && Number(older.revision) === Number(row.revision) - 1;
      // An import brings revisions of another copy of the site, with the same numbers.
      const isSure = !isTwofold(at) && !isTwofold(at + 1);
      return {
        action: row.action as Step['action'],
        at: new Date(row.createdAt as string).toISOString(),
        revision: Number(row.revision),
        reverts: row.reverts === null || row.reverts === undefined ? null : Number(row.reverts),
        editor: text(row.editor),
        editorId: text(row.editorId),
        agreed: idsIn(row.agreed),
        before: older && !isFirst(row) ? states[at + 1] : NO_DECISIONS,
        after: states[at],
        isWhole: isSure && (follows || isFirst(row)),
      };
    });
  }
}

/** Returns the last event of a list up to a time; `null` when there is none. */
export async function lastEvent(
  strapi: Core.Strapi,
  source: CurationSource,
  createdAt: { $lte: Date } | { $lt: Date },
): Promise<Record<string, unknown> | null> {
  const found: Record<string, unknown>[] = await ownRows(strapi, CURATION_EVENT.uid).findMany({
    where: { ...source, createdAt },
    orderBy: NEWEST_FIRST,
    limit: MAX_STEPS,
  });
  return inOrder(found).at(0) ?? null;
}

/** Sorts by revision, which starts again after a removal: the clocks of two processes may differ. */
function inOrder(rows: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  const lives: Record<string, unknown>[][] = [[]];
  for (const row of rows) {
    if (row.action === 'removed') lives.push([]);
    lives[lives.length - 1].push(row);
  }
  const order = (row: Record<string, unknown>) =>
    row.action === 'removed' ? Infinity : Number(row.revision);
  return lives.flatMap((life) => life.sort((a, b) => order(b) - order(a)));
}

/** Returns what was decided at a revision; `null` if the history has no answer, or two answers after an import. */
export function decisionsAt(steps: readonly Step[], revision: number): Decisions | null {
  if (revision === 0) return NO_DECISIONS;
  const known = sinceRemoved(steps);
  const oldest = known.at(-1);
  // Of the change before the oldest step, only the result is known. A list that was made again began with nothing.
  const isMadeAgain = known.length < steps.length;
  if (!isMadeAgain && oldest?.isWhole && oldest.revision === revision + 1) return oldest.before;
  const [first, ...others] = known.filter((step) => step.revision === revision);
  const agrees = others.every(({ after }) => isSameDecision(after, first.after));
  return first && agrees ? first.after : null;
}

/**
 * Returns of what an editor decides (as `touchedBy` names it) that about which others decided last.
 *
 * @param by.revision Only if they did so after this revision. Default: whenever.
 */
export function decidedByOthers(
  about: readonly string[],
  steps: readonly Step[],
  { editorId, revision = 0 }: { editorId: string; revision?: number },
): string[] {
  const left = new Set(about);
  const found = new Set<string>();
  for (const step of sinceRemoved(steps)) {
    if (step.action === 'ended') continue;
    const isAbout = decidesAbout(step);
    const isByOther = step.editorId !== editorId && step.revision > revision;
    for (const id of [...left].filter(isAbout)) {
      left.delete(id);
      if (isByOther) found.add(id);
    }
  }
  return about.filter((id) => found.has(id));
}

/** A step to revert, and what is decided after that. */
export interface Revert {
  step: Step;
  decisions: Decisions;
}

/**
 * Returns the change that an editor undoes or redoes next: always one of their own. A step that reverts another names
 * its revision, so both stacks follow from the history alone and are the same after a reload. Skips steps of which
 * nothing is left.
 *
 * @param now What is decided now.
 * @returns `null` when there is none, or somebody has changed the same entries since.
 */
export function nextRevert(
  steps: readonly Step[],
  editorId: string,
  direction: Direction,
  now: Decisions,
): Revert | null {
  const revert = lastOf(steps, editorId, direction, now);
  if (!revert) return null;
  // The revert is a step as well and pushes an old one out of the history: it must be revertible itself.
  const step: Step = {
    action: 'changed',
    at: '',
    revision: steps[0].revision + 1,
    reverts: revert.step.revision,
    editor: null,
    editorId,
    agreed: [],
    before: now,
    after: revert.decisions,
    isWhole: true,
  };
  const known = [step, ...steps].slice(0, MAX_STEPS - 1);
  const back = direction === 'undo' ? 'redo' : 'undo';
  return lastOf(known, editorId, back, revert.decisions)?.step === step ? revert : null;
}

/** Whether an editor has undone or redone a change since the list was created. */
export function isReverted(steps: readonly Step[], editorId: string, revision: number): boolean {
  return sinceRemoved(steps).some(
    (step) => step.editorId === editorId && step.reverts === revision,
  );
}

function lastOf(
  steps: readonly Step[],
  editorId: string,
  direction: Direction,
  now: Decisions,
): Revert | null {
  const undo: Step[] = [];
  let redo: Step[] = [];
  const known = sinceRemoved(steps).reverse();
  const own = known.filter((step) => step.action === 'changed' && step.editorId === editorId);
  const isForgotten = ({ reverts }: Step) => reverts !== null && reverts < known[0].revision;
  const paired = pairsOf(own, isForgotten);
  for (const step of own) {
    if (paired.has(step)) continue;
    if (takeOut(undo, step.reverts)) redo.push(step);
    else if (takeOut(redo, step.reverts)) undo.push(step);
    else {
      // A new change clears what can be redone; one that reverts a forgotten step also clears what can be undone.
      redo = [];
      if (isForgotten(step)) undo.length = 0;
      if (step.reverts === null) undo.push(step);
    }
  }
  const stack = direction === 'undo' ? undo : redo;
  for (const step of stack.reverse()) {
    const later = steps.slice(0, steps.indexOf(step));
    const [before, after] = [step.before, step.after].map(withoutEnded(later)).map(withoutOver(now)); // prettier-ignore
    if (isOvertaken(touchedBy(before, after), later, editorId)) return null;
    const decisions = mergeDecisions(after, before, now);
    if (!decisions || !step.isWhole) return null;
    if (!isSameDecision(decisions, now)) return { step, decisions };
  }
  return null;
}

/** Returns steps that revert a forgotten one and were reverted themselves, with the steps that reverted them. */
function pairsOf(own: readonly Step[], isForgotten: (step: Step) => boolean): Set<Step> {
  const paired = new Set<Step>();
  const open = new Map<number, Step>();
  for (const step of own) {
    if (isForgotten(step)) open.set(step.revision, step);
    const before = step.reverts === null ? undefined : open.get(step.reverts);
    if (!before) continue;
    open.delete(before.revision);
    paired.add(before).add(step);
  }
  return paired;
}

/** Whether somebody else has since decided about the same, even identically. Nobody decides that a pin ends. */
function isOvertaken(touched: ReadonlySet<string>, later: readonly Step[], editorId: string) {
  return later
    .filter((step) => step.editorId !== editorId && step.action !== 'ended')
    .some((step) => [...touched].some(decidesAbout(step, impliedBy(aboutOf(step)))));
}

/**
 * Tells whether a step has decided about something. To pin an entry decides about its order among all pins.
 *
 * @param known What the step is about. Default: what it says.
 */
function decidesAbout(
  step: Step,
  known: readonly string[] = aboutOf(step),
): (about: string) => boolean {
  const all = new Set(known);
  const pinned = new Set(step.after.pins.map(({ documentId }) => documentId));
  for (const { documentId } of step.before.pins) pinned.delete(documentId);
  return (about) => all.has(about) || (pinned.size > 0 && pairIn(about).some((id) => pinned.has(id))); // prettier-ignore
}

/** Adds both pins of pairs that have changed places if either may have been moved past the other. */
function impliedBy(about: readonly string[]): string[] {
  const all = new Set(about);
  return about.flatMap((id) => {
    const pair = pairIn(id);
    return pair.some((one) => all.has(one)) ? [id] : [id, ...pair];
  });
}

/** What a step is about, as `touchedBy` says it, with what its editor only agreed to. */
export const aboutOf = ({ before, after, agreed }: Step): string[] => [
  ...touchedBy(before, after),
  ...agreed,
];

/** Leaves out pins that have ended since: there is nothing left to revert of them. */
function withoutEnded(later: readonly Step[]): (decisions: Decisions) => Decisions {
  const ended = new Set(later.filter(({ action }) => action === 'ended').flatMap(aboutOf));
  return ({ pins, ...rest }) => ({
    ...rest,
    pins: pins.filter(({ documentId }) => !ended.has(documentId)),
  });
}

/** Returns the steps since the last removal, after which revisions start again. */
function sinceRemoved(steps: readonly Step[]): Step[] {
  const removed = steps.findIndex(({ action }) => action === 'removed');
  return removed < 0 ? [...steps] : steps.slice(0, removed);
}

/** Takes a step off a stack, with the skipped steps above it. */
function takeOut(stack: Step[], revision: number | null): boolean {
  const place = revision === null ? -1 : stack.findIndex((step) => step.revision === revision);
  if (place >= 0) stack.length = place;
  return place >= 0;
}
