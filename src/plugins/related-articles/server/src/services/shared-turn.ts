import { AsyncLocalStorage } from 'node:async_hooks';

interface TurnOptions {
  /** Whom the work is for: those who wait take turns, whoever asks for most. Default: all work is for one. */
  caller?: string;
  /** When its request began: of what a caller waits for, the earliest comes first. Default: now. */
  since?: number;
  /**
   * For how long others wait for this work at most, in milliseconds: code of the project may hang in it. Default: until
   * it ends.
   */
  longest?: number;
}

/** For how long somebody keeps a turn that others wait for, where they can hand it on, in milliseconds. */
const SHARE_MS = 100;
/** What has taken as long takes turns of `LONG_SHARE_MS` with its like: in short ones all of it would end too late. */
const LONG_MS = 1000;
const LONG_SHARE_MS = 2000;

/** Somebody's work, and whether the turn is theirs just now. */
interface Holder {
  caller: string;
  longest: number;
  hasTurn: boolean;
  since: number;
  /** How long its turns have been that are over. */
  used: number;
  isOver: boolean;
  timer?: NodeJS.Timeout;
  /** Until the turn is theirs again. */
  waiting?: Promise<void>;
}

interface Waiting {
  holder: Holder;
  since: number;
  start(): void;
}

/**
 * The turns that work is in just now. One for all of them: Node carries what every storage holds along with each promise
 * of the process, and keeps every storage that was ever used.
 */
const inside = new AsyncLocalStorage<ReadonlyMap<SharedTurn, Holder>>();

/** Does what keeps the process or the database busy one after the other, whichever request asks for it. */
export class SharedTurn {
  /** By caller; who has had a turn goes to the end. */
  private readonly waiting = new Map<string, Waiting[]>();

  /** @param free How much of it may be done at once. Default 1. */
  constructor(private free = 1) {}

  async next<T>(
    work: () => Promise<T>,
    { caller = '', longest = Infinity, since = performance.now() }: TurnOptions = {},
  ): Promise<T> {
    // Work that asks for more of its kind would wait for itself.
    const others = inside.getStore() ?? new Map<SharedTurn, Holder>();
    if (others.has(this)) return work();
    const holder: Holder = { caller, longest, hasTurn: false, since: 0, used: 0, isOver: false }; // prettier-ignore
    await this.begin(holder, since);
    try {
      return await inside.run(new Map(others).set(this, holder), work);
    } finally {
      holder.isOver = true;
      this.release(holder);
    }
  }

  /** Within such work: lets other callers have a turn, where some wait and this work has had its share. */
  async give(): Promise<void> {
    const holder = inside.getStore()?.get(this);
    if (!holder) return;
    if (holder.waiting) return holder.waiting;
    const others = this.firstBut(holder.caller);
    if (!holder.hasTurn || others.length === 0) return;
    const took = performance.now() - holder.since;
    const areLong = Math.min(holder.used + took, ...others.map(({ used }) => used)) >= LONG_MS;
    if (took < (areLong ? LONG_SHARE_MS : SHARE_MS)) return;
    holder.waiting = this.wait(holder, 0, true).then(() => {
      holder.waiting = undefined;
      this.take(holder);
    });
    this.release(holder);
    return holder.waiting;
  }

  private async begin(holder: Holder, since: number): Promise<void> {
    if (this.free > 0) this.free -= 1;
    else await this.wait(holder, since);
    this.take(holder);
  }

  private take(holder: Holder): void {
    holder.hasTurn = true;
    holder.since = performance.now();
    const { longest } = holder;
    if (Number.isFinite(longest)) holder.timer = setTimeout(() => this.release(holder), longest);
    // Part of it has failed, and nobody awaits the rest.
    if (holder.isOver) this.release(holder);
  }

  /** What each other caller waits for. */
  private firstBut(caller: string): Holder[] {
    return [...this.waiting].flatMap(([other, [{ holder }]]) => (other === caller ? [] : [holder]));
  }

  /** @param isBegun Whether it has begun: then it goes on before what else its caller waits for. */
  private wait(holder: Holder, since: number, isBegun = false): Promise<void> {
    const { caller } = holder;
    return new Promise((start) => {
      const own = this.waiting.get(caller) ?? [];
      const later = isBegun ? 0 : own.findIndex((other) => other.since > since);
      own.splice(later < 0 ? own.length : later, 0, { holder, since, start });
      if (isBegun) this.waiting.delete(caller);
      this.waiting.set(caller, own);
    });
  }

  /** Hands the turn on to who has waited longest for one. */
  private release(holder: Holder): void {
    if (!holder.hasTurn) return;
    holder.hasTurn = false;
    holder.used += performance.now() - holder.since;
    clearTimeout(holder.timer);
    const [next] = this.waiting;
    if (!next) {
      this.free += 1;
      return;
    }
    const [caller, own] = next;
    const first = own.shift();
    this.waiting.delete(caller);
    if (own.length > 0) this.waiting.set(caller, own);
    first?.start();
  }
}
