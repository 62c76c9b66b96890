import type { Suggestion } from '../engine/engine';
import { withinLimits } from '../engine/ranking/rules';

/** Whether a suggestion has its place because an editor or a rule has chosen it. */
export const isChosen = ({ pinned, picked, placed }: Suggestion): boolean =>
  pinned || Boolean(picked ?? placed);

/**
 * Applies the rule `atMost` to a list that was ranked without it, and that says what it limits. It never removes what
 * has its place for another reason, but counts that.
 */
export function limited(all: readonly Suggestion[]): Suggestion[] {
  const [first, rest] = [all.filter(isChosen), all.filter((one) => !isChosen(one))];
  return [...first, ...withinLimits(first, rest, ({ limits = [] }) => limits)];
}
