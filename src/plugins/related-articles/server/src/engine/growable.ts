/** A typed array that grows by half when full. Reading past `length` is the caller's error. */
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

  push(value: number): void {
    if (this.length === this.data.length) this.grow();
    this.data[this.length] = value;
    this.length += 1;
  }

  /** A view of the content, invalid after the next write. */
  values(): Int32Array {
    return this.data.subarray(0, this.length);
  }

  private grow(): void {
    const grown = new Int32Array(Math.ceil(this.data.length * 1.5));
    grown.set(this.data);
    this.data = grown;
  }
}
