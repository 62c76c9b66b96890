import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';

import { CliError } from './errors';

/** A line that could be read, or the reason why not. */
export type Line<T> = { number: number; value: T } | { number: number; reason: string };

/**
 * The lines of a JSON Lines file, each checked against a schema. Empty lines are passed over.
 *
 * @throws CliError when there is no such file.
 */
export async function* readLines<T>(file: string, schema: z.ZodType<T>): AsyncGenerator<Line<T>> {
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) throw new CliError(`"${file}" is not there, or is no file.`);

  // Each byte by itself: what is not UTF-8 is then found line by line.
  const input = createReadStream(file, 'latin1');
  const lines = createInterface({ input, crlfDelay: Infinity });
  let number = 0;
  for await (const bytes of named(file, lines)) {
    number += 1;
    const text = utf8(Buffer.from(bytes, 'latin1'));
    if (text === null) yield { number, reason: NO_UTF8 };
    else if (text.trim() !== '') yield { number, ...parse(text, schema) };
  }
}

export const NO_UTF8 = 'its letters are not UTF-8. Save the file in that encoding';

/** What the bytes say; `null` where they are not UTF-8, and letters would be lost. */
export function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** How many lines the file has, for a progress bar. */
export async function countLines(file: string): Promise<number> {
  let count = 0;
  for await (const line of readLines(file, z.unknown())) if (line) count += 1;
  return count;
}

/** @throws CliError where the file cannot be read on. */
async function* named(file: string, lines: AsyncIterable<string>): AsyncGenerator<string> {
  try {
    yield* lines;
  } catch (error) {
    throw new CliError(`"${file}" cannot be read: ${(error as Error).message}`);
  }
}

function parse<T>(text: string, schema: z.ZodType<T>): { value: T } | { reason: string } {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    return { reason: `no JSON: ${(error as Error).message}` };
  }
  const result = schema.safeParse(json);
  if (result.success) return { value: result.data };
  const reasons = result.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'the line'}: ${message}`,
  );
  return { reason: reasons.join('; ') };
}
