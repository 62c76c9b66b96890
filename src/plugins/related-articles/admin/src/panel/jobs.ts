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
      /** What the editor saw when they made a change that could not be sent: others may have decided since. */
      seen?: Decided;
    }
  /** The step to undo or redo: sent twice, it is done once. */
  | { direction: Direction; step: number };

/** Returns what will be decided after a job; only the server knows what is left after an undo. */
export const foreseen = (decisions: Decisions, job: Job): Decisions =>
  'change' in job ? job.change(decisions) : decisions;

/** Returns changes that could not be sent, each with what the editor saw when they made it, after those before. */
export function bound(jobs: readonly Job[], now: Decided): Job[] {
  let { decisions } = now;
  return jobs.map((job) => {
    const seen = { ...now, decisions };
    decisions = foreseen(decisions, job);
    return 'change' in job ? { ...job, seen: job.seen ?? seen } : job;
  });
}

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
    if (!('change' in job) || job.seen?.revision !== seen.revision) return job;
    const moved = { ...job, seen: { ...seen, decisions } };
    decisions = job.change(decisions);
    return moved;
  });
}
