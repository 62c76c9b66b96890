/** How many are remembered who are gone. */
const SPARE = 1000;

/**
 * Says who comes next of those who wait for something of which only one can be given at a time, such as the process's
 * time. Each gets an equal share, however many pieces it asks for: the one that has had least comes first, and somebody
 * new counts as having had what anybody had who was there all the while (fair queueing by virtual time; Demers, Keshav
 * and Shenker, "Analysis and Simulation of a Fair Queueing Algorithm", SIGCOMM 1989).
 */
export class FairShares {
  /** How much somebody has had who was there all the while, in milliseconds. */
  private clock = 0;
  /** How much each has had, in milliseconds. */
  private readonly had = new Map<string, number>();
  /** How many pieces of each wait, or are under way. */
  private readonly present = new Map<string, number>();

  /** Notes that a piece begins to wait. */
  enter(name: string): void {
    const pieces = this.present.get(name) ?? 0;
    if (pieces === 0) this.had.set(name, Math.max(this.had.get(name) ?? 0, this.clock));
    this.present.set(name, pieces + 1);
  }

  /** Notes that a piece is over, or waits no longer. */
  leave(name: string): void {
    const pieces = (this.present.get(name) ?? 0) - 1;
    if (pieces > 0) this.present.set(name, pieces);
    else this.present.delete(name);
    if (this.present.size === 0) this.clear();
    else if (this.had.size > 2 * this.present.size + SPARE) this.forget();
  }

  /** Notes how much one of those who are present was given, in milliseconds. */
  spend(name: string, milliseconds: number): void {
    this.had.set(name, this.of(name) + milliseconds);
    this.clock += milliseconds / this.present.size;
  }

  /** How much somebody who is present has had: least comes first. */
  of(name: string): number {
    return this.had.get(name) ?? this.clock;
  }

  get isEmpty(): boolean {
    return this.present.size === 0;
  }

  private clear(): void {
    this.clock = 0;
    this.had.clear();
  }

  /** Forgets those who are gone and have had no more than somebody new. */
  private forget(): void {
    for (const [name, had] of this.had) {
      if (had <= this.clock && !this.present.has(name)) this.had.delete(name);
    }
  }
}

/** Who asks for something: a network, and which of its logins. */
export interface Caller {
  /** The network or token; all requests from there have one share. */
  from: string;
  /** The login; those of a network share what it gets. Default: none. */
  login?: string;
}

/** Shares of networks, and within each of its logins: anybody can have as many logins as they like. */
export class CallerShares {
  private readonly networks = new FairShares();
  private readonly logins = new Map<string, FairShares>();

  enter({ from, login = '' }: Caller): void {
    this.networks.enter(from);
    const logins = this.logins.get(from) ?? new FairShares();
    logins.enter(login);
    this.logins.set(from, logins);
  }

  leave({ from, login = '' }: Caller): void {
    this.networks.leave(from);
    const logins = this.logins.get(from);
    logins?.leave(login);
    if (logins?.isEmpty) this.logins.delete(from);
  }

  spend({ from, login = '' }: Caller, milliseconds: number): void {
    this.networks.spend(from, milliseconds);
    this.logins.get(from)?.spend(login, milliseconds);
  }

  /** Sorts by who comes first. Equal ones keep their order. */
  compare(one: Caller, other: Caller): number {
    if (one.from !== other.from) return this.networks.of(one.from) - this.networks.of(other.from);
    const logins = this.logins.get(one.from);
    return (logins?.of(one.login ?? '') ?? 0) - (logins?.of(other.login ?? '') ?? 0);
  }
}
