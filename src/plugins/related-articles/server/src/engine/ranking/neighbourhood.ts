import type { CollectionIndex } from '../index/collection-index';
import type { Scored } from './scored';

/** How many of the best text matches vouch for what they are linked with. */
const VOUCHERS = 10;

/**
 * Links between a candidate and the source's best text matches: what the closest documents
 * link to, and what links to them, is likely related too. Sets the part `neighbourhood`, 0 to 1.
 */
export function neighbourhood(index: CollectionIndex, scored: Scored[]): void {
  const textScore = ({ parts }: Scored) => (parts.bm25 + parts.cosine) / 2;
  const vouchers = [...scored]
    .sort(
      (a, b) => textScore(b) - textScore(a) || index.compareSlots(a.document.slot, b.document.slot),
    )
    .slice(0, VOUCHERS);

  const toCandidate = new Map<number, number>();
  const fromCandidate = new Map<number, number>();
  for (const voucher of vouchers) {
    const { slot, links, addresses } = voucher.document;
    const weight = textScore(voucher);
    const targets = index.links.targets(links, slot);
    for (const target of targets) add(toCandidate, target, weight / Math.sqrt(targets.length));
    const linking = index.links.linking(addresses, slot);
    for (const from of linking) add(fromCandidate, from, weight / Math.sqrt(linking.length));
  }
  for (const { document, parts } of scored) {
    const to = Math.min(1, toCandidate.get(document.slot) ?? 0);
    const from = Math.min(1, fromCandidate.get(document.slot) ?? 0);
    parts.neighbourhood = (to + from) / 2;
  }
}

function add(sums: Map<number, number>, slot: number, value: number): void {
  sums.set(slot, (sums.get(slot) ?? 0) + value);
}
