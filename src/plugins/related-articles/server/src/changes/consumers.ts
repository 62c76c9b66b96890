import type { Change } from './change-log';
import type { Problems } from './problems';

/** What else is kept in step by the log. */
export interface Companion {
  /** What to say when it fails. */
  readonly failing: string;
  /** Whether what waits is in the log alone: a snapshot must not say that it is applied. */
  readonly restsOnLog: boolean;
  add(change: Change): void;
  /** How many changes wait. */
  readonly pending: number;
  apply(): Promise<void>;
  /** Anything may have changed. */
  reload(): void;
}

/** All companions of the follower. One that fails holds up nothing else, and is tried again with the next look at the log. */
export class Companions {
  private readonly failed = new Set<Companion>();

  constructor(
    private readonly members: readonly Companion[],
    private readonly troubles: Problems,
  ) {}

  add(change: Change): void {
    for (const member of this.members) member.add(change);
  }

  reload(): void {
    for (const member of this.members) member.reload();
  }

  get pending(): number {
    return this.members.reduce((sum, { pending }) => sum + pending, 0);
  }

  /** Whether one has work that has not failed since `tryAgain`. */
  get isDue(): boolean {
    return this.members.some((member) => member.pending > 0 && !this.failed.has(member));
  }

  /** Whether something failed that is in the log alone. */
  get needsLog(): boolean {
    return [...this.failed].some(({ restsOnLog }) => restsOnLog);
  }

  tryAgain(): void {
    this.failed.clear();
  }

  async apply(): Promise<void> {
    for (const member of this.members) {
      if (member.pending === 0 || this.failed.has(member)) continue;
      try {
        await member.apply();
        this.troubles.resolve(member.failing);
      } catch (error) {
        this.failed.add(member);
        this.troubles.raise(member.failing, error as Error);
      }
    }
  }
}
