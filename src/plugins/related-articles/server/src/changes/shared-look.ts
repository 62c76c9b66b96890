/**
 * Shares a look-up between callers. A caller that asks while one is running gets the result of the next one, which
 * starts after the call. So no result is older than its request, and few look-ups run at a time.
 */
export class SharedLook<T> {
  private running: Promise<T> | null = null;
  private next: Promise<T> | null = null;

  constructor(private readonly look: () => Promise<T>) {}

  ask(): Promise<T> {
    if (!this.running) return this.begin();
    const begin = () => this.begin();
    this.next ??= this.running.then(begin, begin);
    return this.next;
  }

  private begin(): Promise<T> {
    this.next = null;
    const running = this.look().finally(() => {
      if (this.running === running) this.running = null;
    });
    this.running = running;
    return running;
  }
}
