interface Reservation {
  owner: string;
  /** How many writes of the owner hold it now. */
  held: number;
  endedAt: number;
}

/**
 * Slugs on their way into the database. Two writes that look for a free slug at the same time
 * both see the database before either has committed; a reservation tells them apart.
 *
 * A reservation also counts for a look-up that began before it ended: that look-up may have read
 * the database before the commit. Holds within one process.
 */
export class SlugReservations {
  private clock = 0;
  private readonly reservations = new Map<string, Reservation>();
  private readonly lookUps = new Set<number>();

  /**
   * Runs `find`, which reads the database, then `choose`, synchronously, with what others reserved.
   * The chosen key stays reserved until `release` is called with it.
   *
   * @param owner Two writes of the same owner do not stand in each other's way.
   */
  async reserve<T, K extends string | null>(
    owner: string,
    find: () => Promise<T>,
    choose: (found: T, isReserved: (key: string) => boolean) => K,
  ): Promise<K> {
    this.clock += 1;
    const startedAt = this.clock;
    this.lookUps.add(startedAt);
    try {
      const found = await find();
      const key = choose(found, (candidate) => {
        const reservation = this.reservations.get(candidate);
        if (!reservation || reservation.owner === owner) return false;
        return reservation.held > 0 || reservation.endedAt > startedAt;
      });
      if (key !== null) this.hold(key, owner);
      return key;
    } finally {
      this.lookUps.delete(startedAt);
      this.forget();
    }
  }

  release(key: string): void {
    const reservation = this.reservations.get(key);
    if (!reservation) return;
    this.clock += 1;
    reservation.held -= 1;
    reservation.endedAt = this.clock;
    this.forget();
  }

  private hold(key: string, owner: string): void {
    const known = this.reservations.get(key);
    if (known?.owner === owner) known.held += 1;
    else this.reservations.set(key, { owner, held: 1, endedAt: 0 });
  }

  /** Drops what no look-up under way can need. */
  private forget(): void {
    const oldest = Math.min(...this.lookUps, Infinity);
    for (const [key, { held, endedAt }] of this.reservations) {
      if (held === 0 && endedAt < oldest) this.reservations.delete(key);
    }
  }
}
