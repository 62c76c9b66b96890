import type { Problems } from '../changes/problems';
import type { RelatedType } from '../config/resolve';
import { withinTime } from '../content/within-time';
import { Refused, type ChangedEvent, type Changes } from './changed-event';

/** How often an event is sent that a listener refuses. */
const TRIES = 3;
/** How soon it is tried again where the database does not answer, longer each time up to the second, in milliseconds. */
const AGAIN_MS = [500, 30_000] as const;
/** More entries than this of a type are not kept by name while they cannot be told. */
const MAX_KEPT = 20_000;
const FAILURE = 'related.changed cannot be sent';
const SLOW = 'a listener to related.changed takes long';
/** For how long those are followed, in milliseconds. */
const MAX_LATE_MS = 60_000;

/** What has not been told yet. */
interface Untold {
  type: RelatedType;
  /** `null` for all of them. */
  locale: string | null;
  changed: Changes;
  /** How often somebody who listens has refused it. Webhooks have had it then. */
  refusals: number;
}

export interface OutboxOptions {
  event: ChangedEvent;
  problems: Problems;
}

/** Events that are to be sent, until everybody has heard them. */
export class Outbox {
  private untold: Untold[] = [];
  /** Types of which somebody who listens has refused an event for good: the next one says that there may be more. */
  private readonly refused = new Set<RelatedType>();
  /** How many events listeners are still busy with that are no longer waited for. */
  private following = 0;
  /** How often in a row something could not be sent, for another reason than a refusal. */
  private failures = 0;
  /** On the clock of `performance`. */
  private dueAt = -Infinity;

  constructor(private readonly options: OutboxOptions) {}

  get isEmpty(): boolean {
    return this.untold.length === 0;
  }

  get isDue(): boolean {
    return performance.now() >= this.dueAt;
  }

  /** Whether somebody has not heard all that was sent, or not to its end: whoever tells next has to say that there may be more. */
  get isOwing(): boolean {
    return this.refused.size > 0 || this.following > 0;
  }

  add(type: RelatedType, locale: string | null, changed: Changes): void {
    const isPartial = this.refused.delete(type) || changed.isPartial;
    const one = { type, locale, changed: { ...changed, isPartial }, refusals: 0 };
    // Where the database has not answered for long, there would be more and more.
    const at = this.untold.findIndex((other) => other.type === type && other.locale === locale && other.refusals === 0); // prettier-ignore
    if (at < 0) this.untold.push(one);
    else this.untold[at] = { ...one, changed: merged(this.untold[at].changed, one.changed) };
  }

  /** Any list of these types may be another. */
  addAny(types: Iterable<RelatedType>): void {
    const changed = { documentIds: [], slugsBefore: new Map(), isPartial: true };
    for (const type of types) this.add(type, null, changed);
  }

  /** Another process tells of it. */
  clear(): void {
    this.untold = [];
  }

  async send(): Promise<void> {
    const { event, problems } = this.options;
    const left: Untold[] = [];
    let hasFailed = false;
    for (const one of this.untold) {
      try {
        const { late } = await event.send(one.type, one.locale, one.changed, one.refusals > 0);
        if (late) void this.follow(one.type, late);
      } catch (error) {
        problems.raise(FAILURE, error as Error);
        const isRefused = error instanceof Refused;
        hasFailed ||= !isRefused;
        const refusals = one.refusals + (isRefused ? 1 : 0);
        if (refusals < TRIES) left.push({ ...one, refusals });
        else this.refused.add(one.type);
      }
    }
    this.untold = left;
    this.failures = hasFailed ? this.failures + 1 : 0;
    const [first, longest] = AGAIN_MS;
    this.dueAt = hasFailed ? performance.now() + Math.min(longest, first * 2 ** (this.failures - 1)) : -Infinity; // prettier-ignore
  }

  /** To be called where nothing else has gone wrong: what was refused is made good by the next event. */
  resolve(): void {
    if (this.isEmpty && this.refused.size === 0) this.options.problems.resolve(FAILURE);
  }

  raise(error: Error): void {
    this.options.problems.raise(FAILURE, error);
  }

  /** Listeners that take long: they have the event, but the next one is partial where they refuse it, or never end. */
  private async follow(type: RelatedType, late: Promise<void>): Promise<void> {
    const { problems } = this.options;
    this.following += 1;
    problems.raise(SLOW, new Error('others go on meanwhile'));
    try {
      await withinTime(late, MAX_LATE_MS, () => {
        throw new Error('a listener has not ended for a minute');
      });
    } catch (error) {
      this.refused.add(type);
      problems.raise(FAILURE, error as Error);
    }
    this.following -= 1;
    if (this.following === 0) problems.resolve(SLOW);
  }
}

function merged(one: Changes, other: Changes): Changes {
  const documentIds = [...new Set([...one.documentIds, ...other.documentIds])];
  const slugsBefore = new Map(one.slugsBefore);
  for (const [documentId, slugs] of other.slugsBefore) {
    slugsBefore.set(documentId, new Set([...(slugsBefore.get(documentId) ?? []), ...slugs]));
  }
  const isPartial = one.isPartial || other.isPartial;
  if (documentIds.length <= MAX_KEPT) return { documentIds, slugsBefore, isPartial };
  return { documentIds: [], slugsBefore: new Map(), isPartial: true };
}
