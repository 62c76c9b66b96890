import { errors } from '@strapi/utils';

import { MAX_EXCLUSIONS, MAX_PINS, type Decisions, type Pin } from '../../curations/curation';
import { DAY_MS } from '../../engine/signals/date';

/** @throws ValidationError if there are too many pins or exclusions. */
export function checkLimits(lists: {
  pins: readonly unknown[];
  exclusions: readonly unknown[];
}): void {
  const { pins, exclusions } = lists;
  atMost('pins', pins, MAX_PINS);
  atMost('exclusions', exclusions, MAX_EXCLUSIONS);
}

/**
 * @param stored What may have ended: it stays until a sweep removes it, and is saved with other changes until then.
 * @throws ValidationError if a pin would end in the past.
 */
export function checkEnds(pins: readonly Pin[], stored: readonly Decisions[]): void {
  const ended = (until: string | undefined) => until && Date.parse(until) <= Date.now() - DAY_MS;
  for (const [at, { documentId, until }] of pins.entries()) {
    const isStored = (pin: Pin) => pin.documentId === documentId && pin.until === until;
    if (!ended(until) || stored.some((decisions) => decisions.pins.some(isStored))) continue;
    throw new errors.ValidationError(`pins.${at}.until: expected a date in the future, got "${until}"`); // prettier-ignore
  }
}

function atMost(name: string, list: readonly unknown[], most: number): void {
  if (list.length <= most) return;
  throw new errors.ValidationError(`${name}: expected at most ${most}, got ${list.length}`);
}
