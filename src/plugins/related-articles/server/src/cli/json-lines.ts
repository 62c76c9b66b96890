import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { z } from 'zod';

import { saying } from '../config/issue-words';
import { isDeeper } from '../config/storable';
import { CliError } from './errors';

/** A line that could be read, or the reason why not. */
export type Line<T> = { number: number; value: T } | { number: number; reason: string };

/**
 * Reads the lines of a JSON Lines file and checks each against a schema. Skips empty lines.
 *
 * @throws CliError when there is no such file.
 */
export async function* readLines<T>(file: string, schema: z.ZodType<T>): AsyncGenerator<Line<T>> {
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) throw new CliError(`"${file}" does not exist, or is not a file.`);

  let number = 0;
  for await (const bytes of linesOf(file)) {
    number += 1;
    const text = bytes && utf8(bytes);
    if (bytes === null) yield { number, reason: TOO_LONG };
    else if (text === null) yield { number, reason: NO_UTF8 };
    else if (text.trim() !== '') yield { number, ...parse(text, schema) };
  }
}

/** In bytes. */
const LONGEST_LINE = 100_000_000;
const TOO_LONG = 'it has more than 100 MB';
const NEWLINE = 10;

/** How deep lists and objects may be nested: the library checks them by calling itself. */
const MAX_DEPTH = 100;
export const TOO_DEEP = `expected at most ${MAX_DEPTH} levels of lists and objects`;
export const isTooDeep = (json: unknown): boolean => isDeeper(json, MAX_DEPTH);

export const NO_UTF8 = 'it is not UTF-8. Save the file in that encoding';

/** Decodes UTF-8; `null` if the bytes are not UTF-8, because characters would be lost. */
export function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Counts the lines of the file, for a progress bar. */
export async function countLines(file: string): Promise<number> {
  let count = 0;
  for await (const line of readLines(file, z.unknown())) if (line) count += 1;
  return count;
}

/**
 * Yields each line separately, so that invalid UTF-8 is found line by line; `null` for a line that is too long.
 *
 * @throws CliError if the rest of the file cannot be read.
 */
async function* linesOf(file: string): AsyncGenerator<Buffer | null> {
  let begun: Buffer[] = [];
  let length = 0;
  const line = (last: Buffer) => {
    const whole = length + last.length > LONGEST_LINE ? null : Buffer.concat([...begun, last]);
    begun = [];
    length = 0;
    return whole;
  };
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end; (end = chunk.indexOf(NEWLINE, start)) >= 0; start = end + 1) {
        yield line(chunk.subarray(start, end));
      }
      const rest = chunk.subarray(start);
      length += rest.length;
      if (length <= LONGEST_LINE) begun.push(rest);
    }
    if (length > 0) yield line(Buffer.alloc(0));
  } catch (error) {
    throw new CliError(`"${file}" cannot be read: ${(error as Error).message}`);
  }
}

function parse<T>(text: string, schema: z.ZodType<T>): { value: T } | { reason: string } {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    return { reason: `not valid JSON: ${(error as Error).message}` };
  }
  if (isTooDeep(json)) return { reason: TOO_DEEP };
  const result = schema.safeParse(json, { reportInput: true });
  if (result.success) return { value: result.data };
  const reasons = result.error.issues.map(
    (issue) => `${issue.path.join('.') || 'the line'}: ${saying(issue)}`,
  );
  return { reason: reasons.join('; ') };
}
