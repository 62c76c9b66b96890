/** How many words of a title are kept; hardly any title has more. They fill one cache line, 64 bytes. */
const WIDTH = 16;
const END = -1;

/**
 * The first words of each title, side by side by slot. Making a list reads the titles of a few hundred documents that
 * are not compared, and following each document's references would take longer than everything else.
 */
export class SlotTitles {
  private words = new Int32Array(0);

  set(slot: number, title: readonly number[]): void {
    const start = slot * WIDTH;
    if (start + WIDTH > this.words.length) this.grow(start + WIDTH);
    const length = Math.min(title.length, WIDTH);
    for (let i = 0; i < length; i += 1) this.words[start + i] = title[i];
    if (length < WIDTH) this.words[start + length] = END;
  }

  /** Calls back for each word, in reading order. */
  forEach(slot: number, visit: (id: number) => void): void {
    for (let i = slot * WIDTH; i < (slot + 1) * WIDTH && this.words[i] !== END; i += 1) {
      visit(this.words[i]);
    }
  }

  get bytes(): number {
    return this.words.byteLength;
  }

  private grow(length: number): void {
    const grown = new Int32Array(Math.max(length, Math.ceil(this.words.length * 1.5)));
    grown.set(this.words);
    this.words = grown;
  }
}
