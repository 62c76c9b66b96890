import type { ListFacts } from '../../../shared/contracts';
import { findListFacts, statusOf } from '../api';

/** Cells of one page are drawn within this time; all of them are asked for at once. In milliseconds. */
const GATHER_MS = 20;
/** For how long an answer is given again, in milliseconds. */
const KEPT_MS = 15_000;
const FORBIDDEN = 403;

interface Waiting {
  ids: Set<string>;
  answer: Promise<Record<string, ListFacts>>;
}

const waiting = new Map<string, Waiting>();
const kept = new Map<string, { at: number; facts: ListFacts | null }>();
/** Whether the editor may not see figures: then nothing is asked any more. */
let isForbidden = false;

/** What is known of an entry and its list; `null` where that is nothing, or not the editor's to know. */
export async function factsOf(
  uid: string,
  locale: string | null,
  documentId: string,
): Promise<ListFacts | null> {
  const place = `${uid} ${locale ?? ''}`;
  const key = `${place} ${documentId}`;
  const known = kept.get(key);
  if (known && Date.now() - known.at < KEPT_MS) return known.facts;
  if (isForbidden) return null;
  let group = waiting.get(place);
  if (!group) {
    const ids = new Set<string>();
    const answer = new Promise<void>((go) => setTimeout(go, GATHER_MS)).then(() => {
      waiting.delete(place);
      const documentIds = [...ids];
      return findListFacts(uid, { documentIds, ...(locale !== null && { locale }) });
    });
    group = { ids, answer };
    waiting.set(place, group);
  }
  group.ids.add(documentId);
  try {
    const facts = (await group.answer)[documentId] ?? null;
    // What is not known yet may be in a moment.
    if (facts) kept.set(key, { at: Date.now(), facts });
    return facts;
  } catch (error) {
    isForbidden ||= statusOf(error) === FORBIDDEN;
    return null;
  }
}
