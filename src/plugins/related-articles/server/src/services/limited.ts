import type { Suggestion } from '../engine/engine';
import { withinLimits } from '../engine/ranking/rules';

/**
 * Applies the rule `atMost` to a list that was ranked without it, and that says what it limits. It never removes what
 * has its place for another reason, but counts that.
 */
export function limited(all: readonly Suggestion[]): Suggestion[] {
  const isFirst = ({ pinned, picked, placed }: Suggestion) => pinned || picked || placed;
  const [first, rest] = [all.filter(isFirst), all.filter((one) => !isFirst(one))];
  return [...first, ...withinLimits(first, rest, ({ limits = [] }) => limits)];
}
