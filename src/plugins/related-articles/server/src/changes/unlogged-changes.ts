import type { Change, ChangeLog } from './change-log';
import type { ProblemSink } from './problems';

const FAILURE = 'changes cannot be written to the change log';

/** Changes that could not be written to the log: the other instances have yet to hear of them. */
export class UnloggedChanges {
  private readonly changes = new Map<string, Change>();

  constructor(
    private readonly log: ChangeLog,
    private readonly problems: ProblemSink,
  ) {}

  add(change: Change, reason: Error): void {
    this.problems.raise(FAILURE, reason);
    this.changes.set(JSON.stringify(change), change);
  }

  /** Writes down what the log takes by now. */
  async flush(): Promise<void> {
    try {
      for (const [key, change] of this.changes) {
        await this.log.append(change);
        this.changes.delete(key);
      }
      this.problems.resolve(FAILURE);
    } catch (error) {
      this.problems.raise(FAILURE, error as Error);
    }
  }
}
