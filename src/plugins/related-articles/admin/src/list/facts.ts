import { useSyncExternalStore } from 'react';

import type { ListFacts } from '../../../shared/contracts';
import { findListFacts, statusOf } from '../api';

/** The cells of a page are drawn within this time and share one request. In milliseconds. */
const GATHER_MS = 20;
/** How long an answer is reused, in milliseconds; shorter if nothing is known yet, because it may be in a moment. */
const KEPT_MS = 15_000;
const UNKNOWN_MS = 3000;
/** Roughly how long it takes to update the lists that a decision changed, in milliseconds. */
const AGAIN_MS = 4000;
const FORBIDDEN = 403;

interface Waiting {
  ids: Set<string>;
  answer: Promise<Record<string, ListFacts>>;
}

const waiting = new Map<string, Waiting>();
const kept = new Map<string, { until: number; answer: Promise<ListFacts | null> }>();
/** Whether the editor may not see figures: then nothing more is requested. */
let isForbidden = false;

let version = 0;
const listeners = new Set<() => void>();

function forget(): void {
  kept.clear();
  version += 1;
  for (const listener of listeners) listener();
}

/** Requests everything again after a decision, and once more when the lists are updated. */
export function forgetFacts(): void {
  forget();
  setTimeout(forget, AGAIN_MS);
}

/** Starts over after a login: another editor may see other facts. */
export function forgetCaller(): void {
  isForbidden = false;
  forget();
}

/** Changes when facts must be requested again. */
export const useFactsVersion = (): number =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => version,
  );

/** Returns what is known of an entry and its list; `null` if nothing is, or the editor may not know it. */
export function factsOf(
  uid: string,
  locale: string | null,
  documentId: string,
): Promise<ListFacts | null> {
  const place = `${uid} ${locale ?? ''}`;
  const key = `${place} ${documentId}`;
  const known = kept.get(key);
  if (known && Date.now() < known.until) return known.answer;
  if (isForbidden) return Promise.resolve(null);
  const answer = gathered(place, uid, locale, documentId).then(
    (facts) => facts,
    (error) => {
      isForbidden ||= statusOf(error) === FORBIDDEN;
      return null;
    },
  );
  const entry = { until: Infinity, answer };
  kept.set(key, entry);
  void answer.then((facts) => {
    entry.until = Date.now() + (facts ? KEPT_MS : UNKNOWN_MS);
  });
  return answer;
}

/** Asks together with the other cells of the page. */
async function gathered(
  place: string,
  uid: string,
  locale: string | null,
  documentId: string,
): Promise<ListFacts | null> {
  let group = waiting.get(place);
  if (!group) {
    const ids = new Set<string>();
    const answer = new Promise<void>((go) => setTimeout(go, GATHER_MS)).then(() => {
      waiting.delete(place);
      return findListFacts(uid, { documentIds: [...ids], ...(locale !== null && { locale }) });
    });
    group = { ids, answer };
    waiting.set(place, group);
  }
  group.ids.add(documentId);
  return (await group.answer)[documentId] ?? null;
}
