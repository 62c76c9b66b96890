import { AsyncLocalStorage } from 'node:async_hooks';

interface TurnOptions {
  /** Whom the work is for: those who wait take turns, whoever asks for most. Default: all work is for one. */
  caller?: string;
  /**
   * For how long others wait for this work at most, in milliseconds: code of the project may hang in it. Default: until
   * it ends.
   */
  longest?: number;
}

/** For how long somebody keeps a turn that others wait for, where they can hand it on, in milliseconds. */
const SHARE_MS = 100;

/** Somebody's work, and whether the turn is theirs just now. */
interface Holder {
  caller: string;
  longest: number;
  hasTurn: boolean;
  since: number;
  isOver: boolean;
  timer?: NodeJS.Timeout;
  /** Until the turn is theirs again. */
  waiting?: Promise<void>;
}

/**
 * The turns that work is in just now. One for all of them: Node carries what every storage holds along with each promise
 * of the process, and keeps every storage that was ever used.
 */
const inside = new AsyncLocalStorage<ReadonlyMap<SharedTurn, Holder>>();

/** Does what keeps the process or the database busy one after the other, whichever request asks for it. */
export class SharedTurn {
  /** By caller; who has had a turn goes to the end. */
  private readonly waiting = new Map<string, (() => void)[]>();

  /** @param free How much of it may be done at once. Default 1. */
  constructor(private free = 1) {}

  async next<T>(
    work: () => Promise<T>,
    { caller = '', longest = Infinity }: TurnOptions = {},
  ): Promise<T> {
    // Work that asks for more of its kind would wait for itself.
    const others = inside.getStore() ?? new Map<SharedTurn, Holder>();
    if (others.has(this)) return work();
    const holder: Holder = { caller, longest, hasTurn: false, since: 0, isOver: false };
    await this.begin(holder);
    try {
      return await inside.run(new Map(others).set(this, holder), work);
    } finally {
      holder.isOver = true;
      this.release(holder);
    }
  }

  /** Within such work: lets others have a turn, where some wait and this work has had its share. */
  async give(): Promise<void> {
    const holder = inside.getStore()?.get(this);
    if (!holder) return;
    if (holder.waiting) return holder.waiting;
    const hasMore = performance.now() - holder.since < SHARE_MS;
    if (!holder.hasTurn || hasMore || this.waiting.size === 0) return;
    this.release(holder);
    holder.waiting = this.begin(holder).finally(() => {
      holder.waiting = undefined;
    });
    return holder.waiting;
  }

  private async begin(holder: Holder): Promise<void> {
    if (this.free > 0) this.free -= 1;
    else await this.wait(holder.caller);
    holder.hasTurn = true;
    holder.since = performance.now();
    const { longest } = holder;
    if (Number.isFinite(longest)) holder.timer = setTimeout(() => this.release(holder), longest);
    // Part of it has failed, and nobody awaits the rest.
    if (holder.isOver) this.release(holder);
  }

  private wait(caller: string): Promise<void> {
    return new Promise((resolve) => {
      const own = this.waiting.get(caller) ?? [];
      own.push(resolve);
      this.waiting.set(caller, own);
    });
  }

  /** Hands the turn on to who has waited longest for one. */
  private release(holder: Holder): void {
    if (!holder.hasTurn) return;
    holder.hasTurn = false;
    clearTimeout(holder.timer);
    const [next] = this.waiting;
    if (!next) {
      this.free += 1;
      return;
    }
    const [caller, own] = next;
    const start = own.shift();
    this.waiting.delete(caller);
    if (own.length > 0) this.waiting.set(caller, own);
    start?.();
  }
}
