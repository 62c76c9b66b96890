import type { Reference } from '../../../shared/contracts';
import type { Direction } from '../api';
import type { Change, Decisions } from './decisions';

/** What is decided at a revision. */
export interface Decided {
  decisions: Decisions;
  revision: number;
  stamp: string;
}

/** Something that an editor does to a list. */
export type Job =
  | {
      change: Change;
      message: string;
      /** What the editor saw when they made the change: others may have decided since. Unknown after an undo. */
      seen?: Decided;
    }
  /** The step to undo or redo: sent twice, it is done once. */
  | { direction: Direction; step: number };

/** Returns what will be decided after a job; only the server knows what is left after an undo. */
export const foreseen = (decisions: Decisions, job: Job): Decisions =>
  'change' in job ? job.change(decisions) : decisions;

const after = (jobs: readonly Job[], now: Decided): Decided => ({
  ...now,
  decisions: jobs.reduce(foreseen, now.decisions),
});

/** Returns what the editor sees while jobs wait; `undefined` after an undo, since only the server knows what is left. */
export const seenAfter = (waiting: readonly Job[], now: Decided): Decided | undefined =>
  waiting.some((one) => 'direction' in one) ? undefined : after(waiting, now);

const seeing = (job: Job, seen: Decided | undefined): Job =>
  'change' in job ? { ...job, seen: job.seen ?? seen } : job;

/** Returns a job that is added to others that wait, with what the editor sees, unless it has what they saw before. */
export const asSeen = (job: Job, waiting: readonly Job[], now: Decided): Job =>
  seeing(job, seenAfter(waiting, now));

/** Returns changes that could not be sent, each with what the editor saw when they made it, after those before. */
export const bound = (jobs: readonly Job[], now: Decided): Job[] =>
  jobs.map((job, at) => seeing(job, after(jobs.slice(0, at), now)));

/** Returns a change as one of what is decided now, whatever the editor saw. */
export function unbound(job: Job): Job {
  return 'change' in job ? { change: job.change, message: job.message } : job;
}

/** Returns the jobs that follow a refused one as if that had not been made. */
export function following(refused: Job, jobs: readonly Job[]): Job[] {
  const seen = 'change' in refused ? refused.seen : undefined;
  if (!seen) return [...jobs];
  let { decisions } = seen;
  return jobs.map((job) => {
    if (!('change' in job) || !job.seen) return job;
    // What was seen then is not known without it.
    if (job.seen.revision !== seen.revision) return unbound(job);
    const moved = { ...job, seen: { ...seen, decisions } };
    decisions = job.change(decisions);
    return moved;
  });
}

/**
 * Returns what a job is sent as a change of: what is there now, which includes the editor's own changes before it. Only
 * if something that the job is about is no longer as the editor saw it, what they saw, so that the server can tell.
 */
export function basisOf(job: Job, now: Decided): Decided {
  if (!('change' in job) || !job.seen) return now;
  const { decisions } = job.seen;
  // Also what it would do to what is there now: others may have added something, or ordered it otherwise.
  const about = [decisions, now.decisions].flatMap((one) => differences(one, job.change(one)));
  const isOutdated = differences(decisions, now.decisions).some((one) => about.includes(one));
  return isOutdated ? job.seen : now;
}

/** Whether a change has been made: nothing is left of it to make, and what it was to make of what was seen is there. */
export function isDone({ change, seen }: Extract<Job, { change: Change }>, now: Decided): boolean {
  if (differences(now.decisions, change(now.decisions)).length > 0) return false;
  if (!seen) return true;
  const wanted = change(seen.decisions);
  const others = new Set(differences(now.decisions, wanted));
  // Others may have removed what was to be moved.
  const about = differences(seen.decisions, wanted).flatMap((one) => [one, ...one.split(' ')]);
  return !about.some((one) => others.has(one));
}

/** Returns what differs: entries, two entries with a space in between for pins in another order, `''` for `isHidden`. */
function differences(before: Decisions, after: Decisions): string[] {
  const stateIn = ({ pins, exclusions, ends }: Decisions, one: Reference) =>
    exclusions.includes(one) ? 'excluded' : pins.includes(one) ? `until ${ends[one]}` : '';
  const all = [before, after].flatMap(({ pins, exclusions }) => [...pins, ...exclusions]);
  const found: string[] = all.filter((one) => stateIn(before, one) !== stateIn(after, one));
  const pins = before.pins.filter((one) => after.pins.includes(one));
  for (const [at, one] of pins.entries()) {
    for (const other of pins.slice(0, at)) {
      const isSwapped = after.pins.indexOf(one) < after.pins.indexOf(other);
      if (isSwapped) found.push([one, other].sort().join(' '));
    }
  }
  return before.isHidden === after.isHidden ? found : [...found, ''];
}
