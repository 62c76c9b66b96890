/** Set in each byte of a whole number except the last. */
const MORE = 128;

/** Writes numbers and text one after the other. */
export class ByteWriter {
  private data = new Uint8Array(1024);
  private length = 0;

  bytes(): Uint8Array {
    return this.data.subarray(0, this.length);
  }

  unsigned(value: number): void {
    for (; value >= MORE; value = Math.floor(value / MORE)) this.byte((value % MORE) | MORE);
    this.byte(value);
  }

  signed(value: number): void {
    this.unsigned(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  float(value: number): void {
    for (const byte of new Uint8Array(new Float64Array([value]).buffer)) this.byte(byte);
  }

  text(value: string): void {
    const encoded = new TextEncoder().encode(value);
    this.unsigned(encoded.length);
    for (const byte of encoded) this.byte(byte);
  }

  private byte(value: number): void {
    if (this.length === this.data.length) {
      const grown = new Uint8Array(this.length * 2);
      grown.set(this.data);
      this.data = grown;
    }
    this.data[this.length] = value;
    this.length += 1;
  }
}

/** Reads what a `ByteWriter` wrote. */
export class ByteReader {
  private at = 0;

  constructor(private readonly data: Uint8Array) {}

  get isAtEnd(): boolean {
    return this.at >= this.data.length;
  }

  unsigned(): number {
    let value = 0;
    for (let factor = 1; ; factor *= MORE) {
      const byte = this.byte();
      value += (byte % MORE) * factor;
      if (byte < MORE) return value;
    }
  }

  signed(): number {
    const value = this.unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  float(): number {
    const bytes = Uint8Array.from({ length: 8 }, () => this.byte());
    return new Float64Array(bytes.buffer)[0];
  }

  text(): string {
    const end = this.unsigned() + this.at;
    const text = new TextDecoder().decode(this.data.subarray(this.at, end));
    this.at = end;
    return text;
  }

  private byte(): number {
    if (this.isAtEnd) throw new RangeError('The published counts end too early.');
    this.at += 1;
    return this.data[this.at - 1];
  }
}
