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
const REFUSED = 'a listener has refused related.changed';
const SLOW = 'a listener to related.changed is slow';
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
  /** How often in a row it could not be sent for another reason, and when it is tried again, on the clock of `performance`. */
  failures: number;
  dueAt: number;
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

  constructor(private readonly options: OutboxOptions) {}

  get isEmpty(): boolean {
    return this.untold.length === 0;
  }

  get isDue(): boolean {
    return this.untold.some(isDue);
  }

  /** Whether somebody has not heard all that was sent, or not to its end: whoever tells next has to say that there may be more. */
  get isOwing(): boolean {
    return this.refused.size > 0 || this.following > 0;
  }

  /** @param dueAt Not before that, on the clock of `performance`. Default: at once. */
  add(type: RelatedType, locale: string | null, changed: Changes, dueAt = -Infinity): void {
    const isPartial = this.refused.delete(type) || changed.isPartial;
    const now = { ...changed, isPartial };
    const one: Untold = { type, locale, changed: now, refusals: 0, failures: 0, dueAt };
    const own = this.untold.filter((other) => isOfOneEvent(other, one));
    // One waits for its time, and the next takes in what comes until then: there are not more and more where nothing can
    // be sent, and none is put off by each write.
    if (own.length < 2) this.untold.push(one);
    else this.untold = this.untold.map((other) => (other === own[1] ? merged(other, one) : other));
  }

  /** Any list of these types may be another. */
  addAny(types: Iterable<RelatedType>, dueAt = -Infinity): void {
    const changed = { documentIds: [], slugsBefore: new Map(), isPartial: true };
    for (const type of types) this.add(type, null, changed, dueAt);
  }

  /** Another process tells of it. */
  clear(): void {
    this.untold = [];
    this.refused.clear();
  }

  async send(): Promise<void> {
    const { event, problems } = this.options;
    const due = this.untold.filter(isDue);
    const left = this.untold.filter((one) => !due.includes(one));
    for (const one of inOneEventEach(due)) {
      try {
        const { late } = await event.send(one.type, one.locale, one.changed, one.refusals > 0);
        if (late) void this.follow(one.type, late);
      } catch (error) {
        const isRefused = error instanceof Refused;
        problems.raise(isRefused ? REFUSED : FAILURE, error as Error);
        const again = isRefused
          ? { ...one, refusals: one.refusals + 1, failures: 0, dueAt: -Infinity }
          : { ...one, failures: one.failures + 1, dueAt: performance.now() + pauseAfter(one.failures) }; // prettier-ignore
        if (again.refusals < TRIES) left.push(again);
        else this.refused.add(one.type);
      }
    }
    this.untold = left;
  }

  /** To be called where nothing else has gone wrong: what was refused is made good by the next event. */
  resolve(): void {
    const { problems } = this.options;
    if (!this.untold.some(({ failures }) => failures > 0)) problems.resolve(FAILURE);
    const isRefused = this.untold.some(({ refusals }) => refusals > 0) || this.refused.size > 0;
    if (!isRefused) problems.resolve(REFUSED);
  }

  raise(error: Error): void {
    this.options.problems.raise(FAILURE, error);
  }

  /** Listeners that take long: they have the event, but the next one is partial where they refuse it, or never end. */
  private async follow(type: RelatedType, late: Promise<void>): Promise<void> {
    const { problems } = this.options;
    this.following += 1;
    problems.raise(SLOW, new Error('other work goes on in the meantime'));
    try {
      await withinTime(late, MAX_LATE_MS, () => {
        throw new Error('a listener has been running for a minute');
      });
    } catch (error) {
      this.refused.add(type);
      problems.raise(REFUSED, error as Error);
    }
    this.following -= 1;
    if (this.following === 0) problems.resolve(SLOW);
  }
}

const isDue = ({ dueAt }: Untold): boolean => performance.now() >= dueAt;

const pauseAfter = (failures: number): number => Math.min(AGAIN_MS[1], AGAIN_MS[0] * 2 ** failures);

/** Whether both can be told at once: nobody has heard of either. */
const isOfOneEvent = (one: Untold, other: Untold): boolean =>
  one.type === other.type && one.locale === other.locale && one.refusals + other.refusals === 0;

function inOneEventEach(due: readonly Untold[]): Untold[] {
  const events: Untold[] = [];
  for (const one of due) {
    const at = events.findIndex((other) => isOfOneEvent(other, one));
    if (at < 0) events.push(one);
    else events[at] = merged(events[at], one);
  }
  return events;
}

const merged = (one: Untold, other: Untold): Untold => ({
  ...one,
  changed: both(one.changed, other.changed),
  failures: Math.max(one.failures, other.failures),
  dueAt: Math.max(one.dueAt, other.dueAt),
});

function both(one: Changes, other: Changes): Changes {
  const documentIds = [...new Set([...one.documentIds, ...other.documentIds])];
  const slugsBefore = new Map(one.slugsBefore);
  for (const [documentId, slugs] of other.slugsBefore) {
    slugsBefore.set(documentId, new Set([...(slugsBefore.get(documentId) ?? []), ...slugs]));
  }
  const isPartial = one.isPartial || other.isPartial;
  if (documentIds.length <= MAX_KEPT) return { documentIds, slugsBefore, isPartial };
  return { documentIds: [], slugsBefore: new Map(), isPartial: true };
}
