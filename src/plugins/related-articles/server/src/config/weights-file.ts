import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

import { PART_NAMES, type Part } from '../engine/ranking/weights';
import { writeWhole } from './output-file';
import { ConfigurationError } from './validate';

/** Where `tune --apply` puts weights, and where the server looks for them; belongs in version control. */
export const WEIGHTS_FILE = 'config/related-articles.weights.json';

/** A part that only earlier formulas have; their other weights have different meanings too. */
const OLD_PART = 'bm25';
const MAX_WEIGHT = 100;
const weight = z.number().min(0).max(MAX_WEIGHT);
const partsSchema = z.strictObject(
  Object.fromEntries(PART_NAMES.map((part) => [part, weight])) as Record<Part, typeof weight>,
);
const fileSchema = z.record(
  z.string(),
  z.strictObject({
    parts: partsSchema,
    /** What they were fitted on, for those who read the file. */
    fitted: z.strictObject({
      on: z.string(),
      judgements: z.number(),
      before: z.number(),
      after: z.number(),
    }),
  }),
);

/** Weights of a content type that were fitted to a site, by uid. */
export type FittedWeights = z.output<typeof fileSchema>;

/**
 * Reads the weights fitted to the site; none if there is no such file.
 *
 * @throws ConfigurationError when the file was not written by `tune`.
 */
export function readWeights(folder: string, file: string = WEIGHTS_FILE): FittedWeights {
  let text: string;
  try {
    text = readFileSync(path.resolve(folder, file), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && file === WEIGHTS_FILE) return {};
    throw new ConfigurationError([`cannot be read: ${(error as Error).message}`], file);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ConfigurationError(
      [
        `is not valid JSON: ${(error as Error).message}. Remove it and run "related-articles tune --apply" again`,
      ],
      file,
    );
  }
  const entries: [string, { parts?: unknown } | null][] = Object.entries(Object(json));
  const old = entries.find(([, entry]) => OLD_PART in Object(entry?.parts));
  if (old) {
    throw new ConfigurationError(
      [
        `the weights of "${old[0]}" were fitted for an earlier version of the ranking: run "related-articles tune --apply" again, or remove the file`,
      ],
      file,
    );
  }
  const result = fileSchema.safeParse(json);
  if (result.success) return result.data;
  const mistakes = result.error.issues.map(
    ({ path: place, message }) => `${place.join('.') || 'the file'}: ${message}`,
  );
  throw new ConfigurationError(mistakes, file);
}

/** Writes the weights of one content type to the file and keeps those of other types. */
export async function writeWeights(
  folder: string,
  uid: string,
  fitted: FittedWeights[string],
): Promise<void> {
  const all = { ...readWeights(folder), [uid]: fitted };
  await writeWhole(path.join(folder, WEIGHTS_FILE), `${JSON.stringify(all, null, 2)}\n`);
}
