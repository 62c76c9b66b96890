import { createHmac, timingSafeEqual, type Hmac } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/*
 * A snapshot file is a list of frames: a kind and a length in 4 bytes each, 16 bytes of an HMAC (SHA-256) of both, the
 * frame's place in the file and what follows, then a text in JSON and arrays of numbers. The last frame is of kind
 * `END`. The key is derived from the project's own, so nobody else can write a file that is accepted.
 */

export const HEADER = 0x53415241;
export const BATCH = 0x53415242;
export const END = 0x53415243;
/** The header of files without a key, from versions up to 0.1.0. */
const HEADER_WITHOUT_KEY = 0x53415231;

const MAC_BYTES = 16;
const HEAD_BYTES = 8 + MAC_BYTES;
/** No frame is longer. */
const MAX_BYTES = 2 ** 30;

export interface Frame {
  kind: number;
  text: unknown;
  arrays: NumberArray[];
}

type NumberArray = Float64Array | Int32Array | Uint32Array;
const ARRAYS = { f: Float64Array, i: Int32Array, u: Uint32Array };

/** The file is not what was written. */
export class DamagedSnapshot extends Error {}

/**
 * @param at The frame's place in the file, from 0.
 * @param arrays Arrays with elements of eight bytes come first.
 */
export function encode(
  key: Buffer,
  at: number,
  { kind, text, arrays = [] }: { kind: number; text: unknown; arrays?: readonly NumberArray[] },
): Buffer[] {
  const layout = arrays.map((array) => `${letterOf(array)}${array.length}`);
  const json = Buffer.from(JSON.stringify({ layout, text }));
  const padding = Buffer.alloc(padded(4 + json.length) - 4 - json.length);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(json.length);
  const payload = [
    size,
    json,
    padding,
    ...arrays.map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength)),
  ];
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(kind, 0);
  head.writeUInt32LE(
    payload.reduce((sum, { length }) => sum + length, 0),
    4,
  );
  const mac = macOf(key, at, head);
  for (const part of payload) mac.update(part);
  mac.digest().copy(head, 8, 0, MAC_BYTES);
  return [head, ...payload];
}

function macOf(key: Buffer, at: number, head: Buffer): Hmac {
  const place = Buffer.alloc(4);
  place.writeUInt32LE(at);
  return createHmac('sha256', key).update(head.subarray(0, 8)).update(place);
}

/**
 * Reads the frames of a file in order.
 *
 * @throws DamagedSnapshot when a bit differs, or the file ends before the frame `END` or goes on after it.
 */
export async function* framesOf(file: FileHandle, key: Buffer): AsyncGenerator<Frame> {
  const { size } = await file.stat();
  let position = 0;
  const read = async (length: number): Promise<Buffer> => {
    // A separate buffer is aligned for arrays with elements of eight bytes.
    const into = Buffer.allocUnsafeSlow(length);
    for (let done = 0; done < length;) {
      const { bytesRead } = await file.read(into, done, length - done, position);
      if (bytesRead === 0) throw new DamagedSnapshot('it is cut short');
      done += bytesRead;
      position += bytesRead;
    }
    return into;
  };
  const readFrame = async (): Promise<{ head: Buffer; payload: Buffer }> => {
    const head = await read(HEAD_BYTES);
    if (head.readUInt32LE(0) === HEADER_WITHOUT_KEY) {
      throw new Error('it was written by an earlier version of the plugin');
    }
    const length = head.readUInt32LE(4);
    if (length < 4 || length > Math.min(MAX_BYTES, size)) {
      throw new DamagedSnapshot('a length is wrong');
    }
    return { head, payload: await read(length) };
  };
  let next = readFrame();
  for (let at = 0; ; at += 1) {
    const { head, payload } = await next;
    const mac = macOf(key, at, head).update(payload).digest().subarray(0, MAC_BYTES);
    if (!timingSafeEqual(mac, head.subarray(8))) {
      throw new DamagedSnapshot('it was changed, or written with other app keys');
    }
    const kind = head.readUInt32LE(0);
    if (kind === END) {
      if (position !== size) throw new DamagedSnapshot('there is something after its end');
      yield decode(kind, payload);
      return;
    }
    // Read the next frame while the caller is busy with this one.
    next = readFrame();
    next.catch(() => undefined);
    yield decode(kind, payload);
  }
}

function decode(kind: number, payload: Buffer): Frame {
  const jsonLength = payload.readUInt32LE(0);
  const { layout, text } = JSON.parse(payload.toString('utf8', 4, 4 + jsonLength)) as {
    layout: string[];
    text: unknown;
  };
  let at = padded(4 + jsonLength);
  const arrays = layout.map((entry): NumberArray => {
    const Kind = ARRAYS[entry[0] as keyof typeof ARRAYS];
    const array = new Kind(
      payload.buffer as ArrayBuffer,
      payload.byteOffset + at,
      Number(entry.slice(1)),
    );
    at += array.byteLength;
    return array;
  });
  return { kind, text, arrays };
}

const padded = (length: number): number => Math.ceil(length / 8) * 8;

function letterOf(array: NumberArray): keyof typeof ARRAYS {
  if (array instanceof Float64Array) return 'f';
  return array instanceof Int32Array ? 'i' : 'u';
}
