import type { PanelRow, RuleEffect } from '../../../shared/contracts';
import type { Format } from '../shared/format';
import type { Labels } from './useLabels';

const SHOWN_TERMS = 5;

/** Why something is suggested, in a few words each, strongest kind of evidence first. */
export function reasonsOf(
  explanation: PanelRow['explanation'],
  format: Format,
  labelOf: Labels,
): string[] {
  if (!explanation) return [];
  const { taxonomy, terms, links, signals, rules = [] } = explanation;
  const reasons: string[] = [];
  for (const rule of rules) {
    if (rule.kind === 'aged') reasons.push(format('reason.aged'));
    else reasons.push(format(ruleId(rule), { relation: labelOf(rule.relation), name: rule.name }));
  }
  if (links.toSuggestion && links.fromSuggestion) reasons.push(format('reason.linksBoth'));
  else if (links.toSuggestion) reasons.push(format('reason.linksThere'));
  else if (links.fromSuggestion) reasons.push(format('reason.linksHere'));
  for (const [relation, labels] of Object.entries(taxonomy)) {
    if (labels.length === 0) continue;
    const values = { relation: labelOf(relation), labels: labels.join(', ') };
    reasons.push(format('reason.taxonomy', values));
  }
  if (terms.length > 0) {
    reasons.push(format('reason.terms', { terms: terms.slice(0, SHOWN_TERMS).join(', ') }));
  }
  if (links.cocited > 0) reasons.push(format('reason.cocited', { count: links.cocited }));
  if (links.coupled > 0) reasons.push(format('reason.coupled', { count: links.coupled }));
  if (reasons.length === 0 && (signals.date ?? 0) > 0) reasons.push(format('reason.date'));
  return reasons;
}

function ruleId(rule: Exclude<RuleEffect, { kind: 'aged' }>): string {
  if (rule.kind === 'placed') return 'reason.placed';
  return rule.factor > 1 ? 'reason.favoured' : 'reason.lowered';
}
