import type { Change, ChangeLog } from './change-log';
import type { Problems } from './problems';

const TROUBLE = 'changes cannot be written to the change log';

/** Changes that could not be written to the log: the other instances have yet to hear of them. */
export class UnloggedChanges {
  private readonly changes = new Map<string, Change>();

  constructor(
    private readonly log: ChangeLog,
    private readonly troubles: Problems,
  ) {}

  add(change: Change, reason: Error): void {
    this.troubles.raise(TROUBLE, reason);
    this.changes.set(`${change.kind} ${change.uid} ${change.entry}`, change);
  }

  /** Writes down what the log takes by now. */
  async flush(): Promise<void> {
    try {
      for (const [key, change] of this.changes) {
        await this.log.append(change);
        this.changes.delete(key);
      }
      this.troubles.resolve(TROUBLE);
    } catch (error) {
      this.troubles.raise(TROUBLE, error as Error);
    }
  }
}
