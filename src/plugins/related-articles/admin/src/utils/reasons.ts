import type { PanelSuggestion } from '../../../shared/contracts';

/** Puts a message into words; the shape of react-intl's `formatMessage`, with our prefix added. */
export type Format = (id: string, values?: Record<string, string | number>) => string;

/** Why something is suggested, in a few words each, strongest kind of evidence first. */
export function reasonsOf(
  { taxonomy, terms, links }: PanelSuggestion['explanation'],
  format: Format,
): string[] {
  const reasons: string[] = [];
  if (links.toSuggestion && links.fromSuggestion) reasons.push(format('reason.linksBoth'));
  else if (links.toSuggestion) reasons.push(format('reason.linksThere'));
  else if (links.fromSuggestion) reasons.push(format('reason.linksHere'));
  for (const [relation, labels] of Object.entries(taxonomy)) {
    reasons.push(format('reason.taxonomy', { relation, labels: labels.join(', ') }));
  }
  if (terms.length > 0) {
    reasons.push(format('reason.terms', { terms: terms.slice(0, 4).join(', ') }));
  }
  if (links.cocited > 0) reasons.push(format('reason.cocited', { count: links.cocited }));
  return reasons;
}
