import type { CollectionStatistics } from '../statistics';
import { MAX_FAN_OUT } from '../signals/links';
import type { ScoredCandidates } from './scored';

/** How many of the best text matches vouch for what they are linked with. */
const VOUCHERS = 10;

/**
 * Links between a candidate and the source's best text matches: what the closest documents
 * link to, and what links to them, is likely related too. Fills the part `neighbourhood`, 0 to 1.
 */
export function neighbourhood(
  index: CollectionStatistics,
  { documents, parts }: ScoredCandidates,
): void {
  if (index.links.isEmpty) return;
  const { cosine } = parts;
  const largest = cosine.reduce((most, value) => Math.max(most, value), 0);
  if (largest === 0) return;
  const textScore = cosine.map((value) => value / largest);
  const vouchers = documents
    .map((_, at) => at)
    .sort(
      (a, b) =>
        textScore[b] - textScore[a] || index.compareSlots(documents[a].slot, documents[b].slot),
    )
    .slice(0, VOUCHERS);

  const toCandidate = new Map<number, number>();
  const fromCandidate = new Map<number, number>();
  for (const at of vouchers) {
    const targets = index.targetsOf(documents[at]);
    for (const target of targets) add(toCandidate, target, textScore[at] / Math.sqrt(targets.length)); // prettier-ignore
    const count = index.countLinkingTo(documents[at]);
    if (count > MAX_FAN_OUT) continue;
    for (const source of index.linkingTo(documents[at])) {
      add(fromCandidate, source, textScore[at] / Math.sqrt(count));
    }
  }
  if (toCandidate.size === 0 && fromCandidate.size === 0) return;
  documents.forEach(({ slot }, at) => {
    const to = Math.min(1, toCandidate.get(slot) ?? 0);
    const from = Math.min(1, fromCandidate.get(slot) ?? 0);
    parts.neighbourhood[at] = (to + from) / 2;
  });
}

function add(sums: Map<number, number>, slot: number, value: number): void {
  sums.set(slot, (sums.get(slot) ?? 0) + value);
}
