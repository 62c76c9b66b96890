import { z } from 'zod';

import { counted } from '../config/counted';
import { CliError, printable } from './errors';
import { readLines } from './json-lines';

/** The articles that humans judged related to an article, by its slug. */
export type Judgements = Map<string, Set<string>>;

const judgementSchema = z.object({
  slug: z.string({ error: 'expected a slug' }).min(1),
  related: z.array(z.string().min(1), { error: 'expected a list of slugs' }).min(1),
});

/** @throws CliError naming each bad line. */
export async function readJudgements(file: string): Promise<Judgements> {
  const judgements: Judgements = new Map();
  const bad: string[] = [];
  for await (const line of readLines(file, judgementSchema)) {
    if ('reason' in line) bad.push(`line ${line.number}: ${line.reason}`);
    else {
      const { slug, related } = line.value;
      judgements.set(slug, new Set([...(judgements.get(slug) ?? []), ...related]));
    }
  }
  if (bad.length > 0) throw new CliError(`${file} has mistakes:\n${bad.join('\n')}`);
  if (judgements.size === 0) throw new CliError(`${file} holds no judgements.`);
  return judgements;
}

export function warnOfUnknown(judgements: Judgements, isKnown: (slug: string) => boolean): void {
  const unknown = new Set<string>();
  for (const [slug, related] of judgements) {
    for (const name of [slug, ...related]) if (!isKnown(name)) unknown.add(name);
  }
  if (unknown.size === 0) return;
  process.stderr.write(
    `warning: ${counted(unknown.size, 'judged slug')} not found among the articles, such as "${printable([...unknown][0])}"\n`,
  );
}
