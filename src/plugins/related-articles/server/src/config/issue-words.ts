import type { z } from 'zod';

import { shortened } from './shortened';

/** Words for zod's kinds of values. */
export const SHAPES: Record<string, string> = {
  object: 'an object',
  record: 'an object',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** What zod counts in a value that is too short or too long; a number has none of these. */
const UNITS: Record<string, string> = { array: ' in the list', string: ' characters' };

/** Returns the limit that a value passes, such as "at least 1"; `null` for another mistake, or in words of our own. */
export function limitIn(issue: z.core.$ZodIssue): string | null {
  if (issue.code === 'too_small' && issue.message.startsWith('Too small: '))
    return `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
  if (issue.code === 'too_big' && issue.message.startsWith('Too big: '))
    return `${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`;
  return null;
}

/** Returns a zod issue's message, with the value unless it is an object; zod reports it only with `reportInput`. */
export function saying(issue: z.core.$ZodIssue): string {
  const { input } = issue;
  const said = wordsOf(issue);
  const isPlain = ['string', 'number', 'boolean'].includes(typeof input) || input === null;
  return isPlain && !said.includes(', got ') ? `${said}, got ${shortened(JSON.stringify(input))}` : said; // prettier-ignore
}

function wordsOf(issue: z.core.$ZodIssue): string {
  const limit = limitIn(issue);
  if (limit) return `expected ${limit}${'origin' in issue ? (UNITS[issue.origin] ?? '') : ''}`;
  return issue.message
    .replace(
      /^Invalid input: expected (\w+), received \w+$/,
      (_, kind: string) => `expected ${SHAPES[kind] ?? kind}`,
    ) // prettier-ignore
    .replace(/^Invalid input: /, '')
    .replace(
      /^Invalid option: expected one of (.+)$/,
      (_, options: string) => `expected one of ${options.replaceAll('|', ', ')}`,
    ) // prettier-ignore
    .replace(/^Unrecognized keys?: /, 'there is no field ');
}
