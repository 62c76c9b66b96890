/** Remembers answers for a while. Each is asked for once; one that failed is asked for again. */
export class Remembered<Answer> {
  private readonly kept = new Map<string, { until: number; answer: Promise<Answer> }>();

  /** @param forMs How long an answer is remembered, in milliseconds. */
  constructor(private readonly forMs: number) {}

  of(key: string, ask: () => Promise<Answer>): Promise<Answer> {
    const known = this.kept.get(key);
    if (known && known.until > performance.now()) return known.answer;
    const answer = ask();
    this.kept.set(key, { until: performance.now() + this.forMs, answer });
    answer.catch(() => this.forget(key));
    return answer;
  }

  forget(key: string): void {
    this.kept.delete(key);
  }
}
