/** A typed array that doubles when full. Reading past `length` is the caller's error. */
export class GrowableInts {
  private data = new Int32Array(16);
  length = 0;

  get(i: number): number {
    return this.data[i];
  }

  set(i: number, value: number): void {
    while (i >= this.data.length) this.grow();
    this.data[i] = value;
    if (i >= this.length) this.length = i + 1;
  }

  private grow(): void {
    const grown = new Int32Array(this.data.length * 2);
    grown.set(this.data);
    this.data = grown;
  }
}

/** The documents that hold one word, with the weighted frequency in each. In no order. */
export class PostingList {
  slots = new Int32Array(2);
  frequencies = new Float32Array(2);
  length = 0;

  add(slot: number, frequency: number): void {
    if (this.length === this.slots.length) this.resize(this.length * 2);
    this.slots[this.length] = slot;
    this.frequencies[this.length] = frequency;
    this.length += 1;
  }

  remove(slot: number): void {
    const at = this.slots.subarray(0, this.length).indexOf(slot);
    if (at < 0) return;
    const last = this.length - 1;
    this.slots[at] = this.slots[last];
    this.frequencies[at] = this.frequencies[last];
    this.length = last;
    if (last > 8 && last * 4 < this.slots.length) this.resize(this.slots.length / 2);
  }

  get bytes(): number {
    return this.slots.byteLength + this.frequencies.byteLength;
  }

  private resize(capacity: number): void {
    const slots = new Int32Array(capacity);
    const frequencies = new Float32Array(capacity);
    slots.set(this.slots.subarray(0, this.length));
    frequencies.set(this.frequencies.subarray(0, this.length));
    this.slots = slots;
    this.frequencies = frequencies;
  }
}
