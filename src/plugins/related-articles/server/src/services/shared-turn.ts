import { AsyncLocalStorage } from 'node:async_hooks';

import { CallerShares, type Caller } from './fair-shares';

interface TurnOptions {
  /** Who the work is for: the one who has had the least time comes first. Default: all work counts as one caller's. */
  caller?: Caller;
  /** When its request began: a caller's earliest request comes first. Default: now. */
  since?: number;
  /**
   * How long others wait for this work at most, in milliseconds: project code may hang in it. Default: until it ends.
   */
  longest?: number;
  /** Whether part of its request is done: that one is finished before others of its caller begin. */
  isBegun?: boolean;
  /**
   * How much time its request has left, in milliseconds. A request that has waited for half of it comes after newer
   * ones: under more load than the process can bear, each would get its turn when its time is nearly over, and none
   * would be answered (adaptive LIFO; Maurer, "Fail at Scale", ACM Queue, 2015). Default: as long as it takes.
   */
  timeLeft?: number;
}

/** The time of a request was over before its work got a turn. */
export class TurnMissed extends Error {}

/** How long work keeps a turn that others wait for, if it can hand it on with `give`, in milliseconds. */
const SHARE_MS = 100;
/** Work that has taken this long takes turns of `LONG_SHARE_MS` with its like: short turns would delay it all. */
const LONG_MS = 1000;
const LONG_SHARE_MS = 2000;
/** While too much waits: how much time new work gets for the time of work that has begun. */
const NEW_SHARE = 1 / 4;
/** How much of that can be left over, or overdrawn, in milliseconds. */
const NEW_MS = { least: -1000, most: 100 };
/** How much more time somebody has to have had to come after a request that has waited for long, in milliseconds. */
const MUCH_MS = 2000;
/** How many logins of one network count as several. */
const MOST_LOGINS = 4;
/** How often to look for time to spare, in milliseconds. */
const LOOK_MS = 20;
/** A look that is later than this, in milliseconds, tells nothing: something kept the whole process. */
const LATE_LOOK_MS = 50;
/**
 * How many extra turns a busy process takes on with each look that finds all turns waiting, and takes back with each
 * that does not. So they remain as long as one look in ten finds that.
 */
const QUIET = { more: 1, fewer: 0.1 };

const NOBODY: Caller = { from: '' };

/** A caller's work, and whether it has the turn right now. */
interface Holder {
  caller: Caller;
  /** Names the caller. */
  key: string;
  longest: number;
  /** Whether its turn continues what has begun. */
  isBegun: boolean;
  hasTurn: boolean;
  since: number;
  /** The total length of its finished turns. */
  used: number;
  /** When the time of its request is over, by `performance.now()`. */
  endsAt: number;
  isOver: boolean;
  /** Whether its turn is one more than usual, because there was time to spare. */
  isExtra?: boolean;
  timer?: NodeJS.Timeout;
  /** Resolves when it has the turn again. */
  waiting?: Promise<void>;
}

interface Waiting {
  holder: Holder;
  since: number;
  isBegun: boolean;
  /** From when newer work comes first, by `performance.now()`. */
  staleAt: number;
  start(): void;
}

/** Turns beyond the usual number. */
interface Extra {
  /** How many there may be at once while there is time to spare. */
  most: number;
  /** How many there may be while the process is busy, but not with turns: those wait for something else. */
  whileBusy: number;
  time: { look(): Spare };
}

/**
 * What the process could do more than it does. `idle`: it has time and connections to spare. `busy`: it has little
 * time. `full`: it has few connections.
 */
export type Spare = 'idle' | 'busy' | 'full';

type Place = Pick<Waiting, 'since' | 'isBegun'> & { timeLeft: number };

/**
 * The turns that the current work has. One storage for all turns: Node carries the content of every storage along with
 * each promise of the process, and keeps every storage that was ever used.
 */
const inside = new AsyncLocalStorage<ReadonlyMap<SharedTurn, Holder>>();

/** Runs work that keeps the process or the database busy one after the other, across all requests. */
export class SharedTurn {
  /** By caller; of those who have had the same time, one who has had a turn goes to the end. */
  private readonly waiting = new Map<string, Waiting[]>();
  private readonly shares = new CallerShares();
  /** How much time new work may take before what has begun, in milliseconds. */
  private newMs = 0;
  /** How many turns callers have now, by network. */
  private readonly running = new Map<string, number>();
  private extras = 0;
  /** How many there may be, by the last look. */
  private mostNow = 0;
  /** How many there may be while the process is busy; not a whole number. */
  private mostBusy = 0;
  /** When work in any turn was last seen to go on, and when the last look was, by `performance.now()`. */
  private activeAt = -Infinity;
  private lookedAt = -Infinity;
  /** Whether somebody got an extra turn then. */
  private admits = false;
  private ticker?: NodeJS.Timeout;

  /**
   * @param free How many pieces of work may run at once. Default 1.
   * @param extra Lets more run, half of them for one network. Default: none.
   */
  constructor(
    private free = 1,
    private readonly extra?: Extra,
  ) {}

  async next<T>(work: () => Promise<T>, options: TurnOptions = {}): Promise<T> {
    const { caller = NOBODY, longest = Infinity, since = performance.now() } = options;
    const { isBegun = false, timeLeft = Infinity } = options;
    // Nested work of the same kind would wait for itself.
    const others = inside.getStore() ?? new Map<SharedTurn, Holder>();
    if (others.has(this)) return work();
    const holder: Holder = { caller, key: keyOf(caller), longest, isBegun, hasTurn: false, since: 0, used: 0, endsAt: performance.now() + timeLeft, isOver: false }; // prettier-ignore
    await this.begin(holder, { since, isBegun, timeLeft });
    try {
      return await inside.run(new Map(others).set(this, holder), work);
    } finally {
      holder.isOver = true;
      this.release(holder);
    }
  }

  /** Called within such work: lets other callers have a turn if some wait and this work has had its share. */
  async give(): Promise<void> {
    const holder = inside.getStore()?.get(this);
    if (!holder) return;
    this.activeAt = performance.now();
    if (holder.waiting) return holder.waiting;
    const others = this.firstBut(holder.key);
    if (!holder.hasTurn || others.length === 0) return;
    const took = performance.now() - holder.since;
    // Others get turns of their own.
    if (this.admits && this.extras < this.mostNow) return;
    const isOneTooMany = holder.isExtra && this.extras > this.mostNow;
    if (!isOneTooMany && took < shareOf(holder, took, others)) return;
    holder.waiting = this.handOn(holder).then(() => {
      holder.waiting = undefined;
      this.take(holder);
    });
    this.release(holder);
    return holder.waiting;
  }

  private async begin(holder: Holder, place: Place): Promise<void> {
    this.shares.enter(holder.caller);
    if (this.free > 0) this.free -= 1;
    else await this.wait(holder, place);
    this.take(holder);
  }

  private take(holder: Holder): void {
    holder.hasTurn = true;
    holder.since = performance.now();
    this.activeAt = holder.since;
    const { from } = holder.caller;
    this.running.set(from, (this.running.get(from) ?? 0) + 1);
    // A request whose time is over has been answered: whatever its work waits for, others need not wait for it.
    const longest = Math.min(holder.longest, Math.max(0, holder.endsAt - holder.since));
    if (Number.isFinite(longest)) holder.timer = setTimeout(() => this.release(holder), longest);
    // Part of the work has failed, and nobody awaits the rest.
    if (holder.isOver) this.release(holder);
  }

  /** Returns the next work of each other caller that waits. */
  private firstBut(own: string): Holder[] {
    return [...this.waiting].flatMap(([other, [{ holder }]]) => (other === own ? [] : [holder]));
  }

  /** @throws TurnMissed if the time is over first. */
  private wait(holder: Holder, { since, isBegun, timeLeft }: Place): Promise<void> {
    const { key } = holder;
    return new Promise((start, reject) => {
      const staleAt = performance.now() + timeLeft / 2;
      const waiting: Waiting = { holder, since, isBegun, staleAt, start };
      const own = this.waiting.get(key) ?? [];
      const later = own.findIndex((other) => other.since > since);
      own.splice(later < 0 ? own.length : later, 0, waiting);
      this.waiting.set(key, own);
      this.watch();
      if (!Number.isFinite(timeLeft)) return;
      const miss = () => {
        this.leave(waiting);
        this.shares.leave(holder.caller);
        reject(new TurnMissed());
      };
      const timer = setTimeout(miss, Math.max(0, timeLeft));
      waiting.start = () => {
        clearTimeout(timer);
        start();
      };
    });
  }

  /** Waits for another turn for work that has begun: then it comes before the rest of its caller's work. */
  private handOn(holder: Holder): Promise<void> {
    return new Promise((start) => {
      const { key } = holder;
      const own = this.waiting.get(key) ?? [];
      this.waiting.delete(key);
      const waiting = { holder, since: 0, isBegun: true, staleAt: Infinity, start };
      this.waiting.set(key, [waiting, ...own]);
      this.watch();
      this.shares.enter(holder.caller);
    });
  }

  /** Looks for time to spare as long as anybody waits. */
  private watch(): void {
    if (!this.extra || this.ticker) return;
    // What was before does not count.
    this.extra.time.look();
    this.lookedAt = performance.now();
    this.mostNow = 0;
    this.ticker = setInterval(() => this.look(), LOOK_MS).unref();
  }

  private look(): void {
    const { most, time } = this.extra as Extra;
    this.admits = false;
    this.noteQuiet();
    if (this.waiting.size === 0) {
      clearInterval(this.ticker);
      this.ticker = undefined;
      return;
    }
    this.mostNow = { idle: most, busy: Math.floor(this.mostBusy), full: 0 }[time.look()];
    this.admits = this.startExtra();
  }

  /** Starts the next work in an extra turn, if there may be one more. @returns Whether it did. */
  private startExtra(): boolean {
    if (this.extras >= this.mostNow) return false;
    // What hangs for some keeps half of the turns for others.
    const isFew = ([{ holder }]: Waiting[]) =>
      (this.running.get(holder.caller.from) ?? 0) <= this.mostNow / 2;
    const next = this.choose([...this.waiting.values()].filter(isFew));
    if (!next) return false;
    this.extras += 1;
    next.holder.isExtra = true;
    this.start(next);
    return true;
  }

  /** Notes whether all turns have been waiting for something else since the last look. */
  private noteQuiet(): void {
    const { whileBusy } = this.extra as Extra;
    const now = performance.now();
    const isQuiet = now - this.lookedAt < LATE_LOOK_MS && this.activeAt < this.lookedAt;
    this.lookedAt = now;
    const mostBusy = this.mostBusy + (isQuiet ? QUIET.more : -QUIET.fewer);
    this.mostBusy = Math.max(0, Math.min(whileBusy, mostBusy));
  }

  private leave(waiting: Waiting): void {
    const { key } = waiting.holder;
    const own = (this.waiting.get(key) ?? []).filter((other) => other !== waiting);
    if (own.length > 0) this.waiting.set(key, own);
    else this.waiting.delete(key);
  }

  /** The work that comes next: that of the caller who has had the least time, unless too much waits. */
  private choose(among: Waiting[][] = [...this.waiting.values()]): Waiting | undefined {
    const now = performance.now();
    const isStale = ({ staleAt }: Waiting) => staleAt <= now;
    const queues = among.sort(([{ holder: one }], [{ holder: other }]) =>
      this.shares.compare(one.caller, other.caller),
    );
    const all = queues.flat();
    if (!all.some(isStale)) return firstOf(queues[0] ?? []);
    // Work that has handed its turn on ends with its next one if its time is over; otherwise it could wait for ever.
    const over = all.find(({ holder, staleAt }) => staleAt === Infinity && holder.endsAt <= now); // prettier-ignore
    if (over) return over;
    const isFresh = (own: readonly Waiting[]) => !isStale(own[own.length - 1]);
    // Finish what has begun; otherwise its time would be lost. But whoever has had least need not wait for all of it.
    const begun = all.find(({ isBegun, staleAt }) => isBegun && staleAt < Infinity);
    const newWork = queues.find((own) => !own[0].isBegun && isFresh(own));
    if (begun && !(newWork && this.newMs > 0)) return begun;
    // Of the rest, take what can still be answered; but who has had little is not passed over for who has had much.
    const fresh = begun ? newWork : queues.find((own) => own[0].isBegun || isFresh(own));
    if (!fresh) return all.reduce((a, b) => (b.since > a.since ? b : a));
    const [least] = queues;
    const more = this.shares.compare(fresh[0].holder.caller, least[0].holder.caller);
    const next = more > MUCH_MS ? least : fresh;
    const first = firstOf(next);
    return first && isStale(first) ? next[next.length - 1] : first;
  }

  /** Ends a turn, and gives the next one. */
  private release(holder: Holder): void {
    if (!holder.hasTurn) return;
    holder.hasTurn = false;
    const took = performance.now() - holder.since;
    holder.used += took;
    this.shares.spend(holder.caller, took);
    const newMs = this.newMs + (holder.isBegun ? took * NEW_SHARE : -took);
    this.newMs = Math.max(NEW_MS.least, Math.min(NEW_MS.most, newMs));
    this.shares.leave(holder.caller);
    clearTimeout(holder.timer);
    const { from } = holder.caller;
    const left = (this.running.get(from) ?? 0) - 1;
    if (left > 0) this.running.set(from, left);
    else this.running.delete(from);
    if (holder.isExtra) {
      holder.isExtra = false;
      this.extras -= 1;
      this.startExtra();
      return;
    }
    const next = this.choose();
    if (next) this.start(next);
    else this.free += 1;
  }

  private start(next: Waiting): void {
    const { key } = next.holder;
    this.leave(next);
    const own = this.waiting.get(key);
    this.waiting.delete(key);
    if (own) this.waiting.set(key, own);
    next.start();
  }
}

/**
 * How long a turn may be, in milliseconds. If many wait, work that is not long gets all of its time at once: in turns,
 * all would end late, and none in time.
 */
function shareOf({ used, caller }: Holder, took: number, others: readonly Holder[]): number {
  if (Math.min(used + took, ...others.map((other) => other.used)) >= LONG_MS) return LONG_SHARE_MS;
  // Anybody may have many logins at one address.
  const networks = new Set(others.map((other) => other.caller.from));
  const isOwnWaiting = networks.delete(caller.from);
  const own = isOwnWaiting ? others.filter((other) => other.caller.from === caller.from).length : 0;
  const many = networks.size + Math.min(own, MOST_LOGINS);
  return Math.max(SHARE_MS, Math.min(LONG_MS - used, SHARE_MS * many));
}

const keyOf = ({ from, login = '' }: Caller): string => JSON.stringify([from, login]);

/** The next of one caller: what has begun, and otherwise the earliest. */
const firstOf = (own: readonly Waiting[]): Waiting | undefined =>
  own.find(({ isBegun }) => isBegun) ?? own[0];
