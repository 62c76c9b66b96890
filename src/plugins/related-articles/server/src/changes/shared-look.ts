/**
 * Looks something up for all who ask at once: whoever asks while somebody is looking gets the next answer, for which
 * one begins to look after they asked. So no answer is older than its question, and few look at a time.
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
