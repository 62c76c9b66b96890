import type {
  EntryState,
  FindSuggestionsResponse,
  PanelEntry,
  PanelRow,
  Strength,
} from '../../../../shared/contracts';
import type { RelatedType } from '../../config/resolve';
import type { Explanation } from '../../engine/engine';
import { entriesOf, nameOf, timeOf, type Entity } from '../../content/entity';
import { addressOf } from '../../content/mapper';
import type { Visibility } from '../../permissions/visibility';
import type { Page } from '../suggestions';

/** A pin, and whether readers see it: they get it even if the editor may not read it. */
export type Pin = PanelEntry & { isServed: boolean; until: string | null };

/** The lowest scores of strong and good suggestions; docs/ranking.md has the scores of pairs that editors chose. */
const STRONG = 0.6;
const GOOD = 0.4;

export const toPanelEntry = ({ reference, title, state }: PanelEntry): PanelEntry => ({
  reference,
  title,
  state,
});

/** Returns pins, served or not, in their places and suggestions after them; then what comes next or fills the list. */
export function panelRows(
  type: RelatedType,
  { documents, related }: Page,
  pins: readonly Pin[],
  limit: number,
  visibility: Visibility,
): Pick<FindSuggestionsResponse['data'], 'rows' | 'more' | 'filled'> {
  const details = new Map(
    related.map(({ documentId, score, explanation }, at) => {
      const reasons = explanation ? redact(explanation, visibility) : null;
      const document = documents[at] as unknown as Entity;
      return [
        documentId,
        {
          ...detailsOf(type, document, visibility),
          // The score may rest on hidden fields and would reveal them.
          strength: visibility.readsAllFields && score > 0 ? strengthOf(score) : null,
          isLinked: reasons?.links.toSuggestion ?? false,
          explanation: reasons,
        },
      ];
    }),
  );
  const nothing = {
    groups: [],
    date: null,
    url: null,
    strength: null,
    isLinked: false,
    isPicked: false,
    isPlaced: false,
    until: null,
    explanation: null,
  };
  let places = limit;
  const pinned = pins.map(({ isServed, ...pin }): PanelRow => {
    const isBeyond = pin.state === 'published' && places <= 0;
    const state: EntryState = isBeyond ? 'beyond' : pin.state;
    if (isServed) places -= 1;
    const known = details.get(pin.reference);
    // As readers see it, also while its draft has another title.
    const title = known?.title ?? pin.title;
    return { ...nothing, ...known, ...pin, title, state, origin: 'pinned' };
  });
  const others = related
    .filter(({ origin }) => origin !== 'pinned')
    .map(({ documentId, origin }): PanelRow => ({
      ...nothing,
      title: null,
      ...details.get(documentId),
      reference: documentId,
      state: 'published',
      origin: origin === 'fallback' ? 'fallback' : 'suggested',
      isPicked: origin === 'picked',
      isPlaced: origin === 'placed',
    }));
  const suggested = others.filter(({ origin }) => origin === 'suggested');
  const free = Math.max(0, places);
  return {
    rows: [...pinned, ...suggested.slice(0, free)],
    more: suggested.slice(free),
    filled: others.filter(({ origin }) => origin === 'fallback'),
  };
}

export function strengthOf(score: number): Strength {
  if (score >= STRONG) return 'strong';
  return score >= GOOD ? 'good' : 'weak';
}

/** What is shown of an entry besides its state, as far as the editor may read it. */
export function detailsOf(
  type: RelatedType,
  document: Entity,
  { mayRead }: Pick<Visibility, 'mayRead'>,
): Pick<PanelRow, 'title' | 'groups' | 'date' | 'url'> {
  const group = groupOf(type);
  // Project code may give something other than a date.
  const time = type.date && mayRead(type.date) ? timeOf(document[type.date]) : null;
  return {
    title: mayRead(type.title) ? nameOf(document[type.title]) : null,
    groups: group
      ? entriesOf(document[group.attribute]).map((entry) =>
          nameOf(entry[group.targets[0].label as string]),
        )
      : [],
    date: time === null ? null : isoOf(document[type.date as string], time),
    url: addressOf(type, document),
  };
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** A day without a time stays one: in the editor's time zone, its midnight in UTC may be the day before. */
const isoOf = (date: unknown, time: number): string =>
  typeof date === 'string' && DAY.test(date) ? date : new Date(time).toISOString();

/** The relation that a row names: the first whose entries have names. */
export function groupOf({ relations }: RelatedType) {
  return relations.find(
    ({ polymorphic, private: isPrivate, targets }) =>
      !polymorphic && !isPrivate && targets[0].label !== null,
  );
}

/** Removes reasons that would reveal hidden fields or documents. */
export function redact(
  { signals, links, ...words }: Explanation,
  { readsAllFields, readsAllEntries }: Visibility,
) {
  return {
    ...words,
    // The shares sum to 1, so the others would reveal one that is left out.
    signals: readsAllFields && readsAllEntries ? signals : {},
    links: {
      toSuggestion: readsAllFields && links.toSuggestion,
      fromSuggestion: readsAllFields && links.fromSuggestion,
      cocited: readsAllFields && readsAllEntries ? links.cocited : 0,
      coupled: readsAllFields && readsAllEntries ? links.coupled : 0,
    },
  };
}
