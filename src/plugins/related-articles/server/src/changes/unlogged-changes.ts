import { MOST_NAMED, type Change, type ChangeLog } from './change-log';
import type { ProblemSink } from './problems';

const FAILURE = 'changes cannot be written to the change log';

/** Changes that could not be written to the log: the other instances have yet to hear of them. */
export class UnloggedChanges {
  private readonly changes = new Map<string, Change>();
  /** Those that name an entry, by content type. */
  private readonly named = new Map<string, Set<string>>();

  constructor(
    private readonly log: ChangeLog,
    private readonly problems: ProblemSink,
  ) {}

  add(change: Change, reason: Error): void {
    this.problems.raise(FAILURE, reason);
    this.keep(change);
  }

  /** Writes down what the log takes by now. */
  async flush(): Promise<void> {
    for (const [key, change] of [...this.changes]) {
      if (!this.changes.has(key)) continue;
      // Before it is written: what is added meanwhile may have been committed after others have read the row.
      this.forget(key, change);
      try {
        await this.log.append(change);
      } catch (error) {
        this.keep(change);
        this.problems.raise(FAILURE, error as Error);
        return;
      }
    }
    this.problems.resolve(FAILURE);
  }

  private keep(change: Change): void {
    const uid = namedTypeOf(change);
    if (uid === null) {
      this.changes.set(keyOf(change), change);
      return;
    }
    const whole: Change = { kind: 'type', uid };
    if (this.changes.has(keyOf(whole))) return;
    this.changes.set(keyOf(change), change);
    const named = this.named.get(uid) ?? new Set();
    this.named.set(uid, named.add(keyOf(change)));
    if (named.size <= MOST_NAMED) return;
    // Of very many, one says so for all.
    for (const key of named) this.changes.delete(key);
    this.named.delete(uid);
    this.changes.set(keyOf(whole), whole);
  }

  private forget(key: string, change: Change): void {
    this.changes.delete(key);
    const uid = namedTypeOf(change);
    if (uid !== null) this.named.get(uid)?.delete(key);
  }
}

const keyOf = (change: Change): string => JSON.stringify(change);

/** The content type of a change that names an entry, and nothing else; `null` for others. */
function namedTypeOf(change: Change): string | null {
  if (change.kind === 'document') return change.ref.uid;
  return change.kind === 'row' ? change.uid : null;
}
