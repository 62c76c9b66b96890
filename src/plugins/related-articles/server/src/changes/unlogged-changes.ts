import { MOST_NAMED, type Change, type ChangeLog } from './change-log';
import type { ProblemSink } from './problems';

const FAILURE = 'changes cannot be written to the change log';

/** Changes that could not be written to the log, so that other instances do not know of them yet. */
export class UnloggedChanges {
  private readonly changes = new Map<string, Change>();
  /** The keys of changes that name one entry, by content type. */
  private readonly named = new Map<string, Set<string>>();

  constructor(
    private readonly log: ChangeLog,
    private readonly problems: ProblemSink,
  ) {}

  add(change: Change, reason: Error): void {
    this.problems.raise(FAILURE, reason);
    this.keep(change);
  }

  /** Writes the changes to the log that it accepts by now. */
  async flush(): Promise<void> {
    for (const [key, change] of [...this.changes]) {
      if (!this.changes.has(key)) continue;
      // Forget it before writing: if added again meanwhile, it may be committed after others have read this row.
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
    // Replace very many changes with one for the whole type.
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

/** Returns the content type of a change that only names an entry; `null` for other changes. */
function namedTypeOf(change: Change): string | null {
  if (change.kind === 'document') return change.ref.uid;
  return change.kind === 'row' ? change.uid : null;
}
