import type { Change, ChangeLog } from './change-log';
import type { Troubles } from './problems';

const TROUBLE = 'changes cannot be written to the change log';

/** Changes that could not be written to the log: the other instances have yet to hear of them. */
export class Debts {
  private readonly changes = new Map<string, Change>();

  constructor(
    private readonly log: ChangeLog,
    private readonly troubles: Troubles,
  ) {}

  add(change: Change, reason: Error): void {
    this.troubles.report(TROUBLE, reason);
    this.changes.set(`${change.kind} ${change.uid} ${change.entry}`, change);
  }

  /** Writes down what the log takes by now. */
  async pay(): Promise<void> {
    try {
      for (const [key, change] of this.changes) {
        await this.log.append(change);
        this.changes.delete(key);
      }
      this.troubles.over(TROUBLE);
    } catch (error) {
      this.troubles.report(TROUBLE, error as Error);
    }
  }
}
