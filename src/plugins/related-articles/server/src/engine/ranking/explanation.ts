import type { IndexedDocument } from '../indexed-document';
import type { LinkComparison } from '../signals/links';
import { sharedTaxonomy } from '../signals/taxonomy';
import type { TextComparison } from '../signals/text';
import { SIGNALS, type Explanation, type RankingOptions } from '../engine';
import { weightOf, type ScoredCandidates } from './scored';
import { PART_NAMES, PARTS } from './weights';

/** More than anyone wants to see: the caller may have to leave some out. */
const MAX_TERMS = 24;

/** @param at The suggestion's place among the candidates. */
export function explain(
  source: IndexedDocument,
  { documents, parts, custom }: ScoredCandidates,
  at: number,
  {
    options,
    text,
    links,
  }: { options: RankingOptions; text: TextComparison; links: LinkComparison },
): Explanation {
  const signals: Record<string, number> = Object.fromEntries(SIGNALS.map((name) => [name, 0]));
  for (const part of PART_NAMES) {
    signals[PARTS[part].signal] += parts[part][at] * weightOf(part, options);
  }
  options.custom?.forEach(({ name }, i) => {
    signals[name] = custom[i][at];
  });
  const total = Object.values(signals).reduce((sum, share) => sum + Math.max(0, share), 0);
  if (total > 0) for (const name of Object.keys(signals)) signals[name] /= total;
  return {
    signals,
    terms: text.sharedTerms(documents[at], MAX_TERMS),
    taxonomy: sharedTaxonomy(source, documents[at]),
    links: links.evidence(documents[at]),
  };
}
