import type { Problems } from '../changes/problems';
import type { RelatedType } from '../config/resolve';
import { withinTime } from '../content/within-time';
import { Refused, type ChangedEvent, type Changes } from './changed-event';

/** How often an event is sent if a listener refuses it. */
const TRIES = 3;
/** The first and the longest pause before a retry if the database does not answer, in milliseconds. */
const AGAIN_MS = [500, 30_000] as const;
/** The most entries of a type that are kept by name while they cannot be reported. */
const MAX_KEPT = 20_000;
const FAILURE = 'related.changed cannot be sent';
const REFUSED = 'a listener has refused related.changed';
const SLOW = 'a listener to related.changed is slow';
/** How long to follow slow listeners, in milliseconds. */
const MAX_LATE_MS = 60_000;

/** Changes that have not been reported yet. */
interface Untold {
  type: RelatedType;
  /** `null` for all locales, or for a type without locales. */
  locale: string | null;
  changed: Changes;
  /** How often a listener has refused it. Webhooks have already received it then. */
  refusals: number;
  /** How often in a row sending failed otherwise, and when to retry (`dueAt`), on the clock of `performance`. */
  failures: number;
  dueAt: number;
}

export interface OutboxOptions {
  event: ChangedEvent;
  problems: Problems;
}

/** Keeps unsent events until everybody has received them. */
export class Outbox {
  private untold: Untold[] = [];
  /** Types with an event that a listener has refused for good: their next event says that there may be more. */
  private readonly refused = new Set<RelatedType>();
  /** How many events are still with listeners that nothing waits for any more. */
  private following = 0;

  constructor(private readonly options: OutboxOptions) {}

  get isEmpty(): boolean {
    return this.untold.length === 0;
  }

  get isDue(): boolean {
    return this.untold.some(isDue);
  }

  /** Whether a listener missed an event or is still busy with one: the next event must say that there may be more. */
  get isOwing(): boolean {
    return this.refused.size > 0 || this.following > 0;
  }

  /** @param dueAt When to send it at the earliest, on the clock of `performance`. Default: at once. */
  add(type: RelatedType, locale: string | null, changed: Changes, dueAt = -Infinity): void {
    const isPartial = this.refused.delete(type) || changed.isPartial;
    const now = { ...changed, isPartial };
    const one: Untold = { type, locale, changed: now, refusals: 0, failures: 0, dueAt };
    const own = this.untold.filter((other) => isOfOneEvent(other, one));
    // The first waits for its time, and the second collects what comes until then. So they do not pile up while nothing
    // can be sent, and new writes do not delay the first.
    if (own.length < 2) this.untold.push(one);
    else this.untold = this.untold.map((other) => (other === own[1] ? merged(other, one) : other));
  }

  /** Reports that any list of these types may have changed. */
  addAny(types: Iterable<RelatedType>, dueAt = -Infinity): void {
    const changed = { documentIds: [], slugsBefore: new Map(), isPartial: true };
    for (const type of types) this.add(type, null, changed, dueAt);
  }

  /** Forgets everything, because another process reports it. */
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

  /** Ends problems that are over. Call it if nothing else went wrong: the next event makes up for what was refused. */
  resolve(): void {
    const { problems } = this.options;
    if (!this.untold.some(({ failures }) => failures > 0)) problems.resolve(FAILURE);
    const isRefused = this.untold.some(({ refusals }) => refusals > 0) || this.refused.size > 0;
    if (!isRefused) problems.resolve(REFUSED);
  }

  raise(error: Error): void {
    this.options.problems.raise(FAILURE, error);
  }

  /** Follows slow listeners: they have the event, but if they refuse it or never end, the next event is partial. */
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

/** Whether both fit into one event: no listener has refused either. */
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
