import type { EntryState, PanelEntry, PanelRow } from '../../../../shared/contracts';
import type { RelatedType } from '../../config/resolve';
import type { Explanation } from '../../engine/engine';
import { entriesOf, textOf, type Entity } from '../../content/entity';
import { addressOf } from '../../content/mapper';
import type { Visibility } from '../../permissions/visibility';
import type { Page } from '../suggestions';

/** A pin, and whether readers see it: entries hidden from the editor are served all the same. */
export type Pin = PanelEntry & { isPublished: boolean };

export const toPanelEntry = ({ reference, title, state }: PanelEntry): PanelEntry => ({
  reference,
  title,
  state,
});

/** Pins in their places, served or not, then suggestions as far as there are places. */
export function panelRows(
  type: RelatedType,
  { documents, related }: Page,
  pins: readonly Pin[],
  limit: number,
  visibility: Visibility,
): PanelRow[] {
  const { mayRead } = visibility;
  const highest = related.reduce((most, { fusedScore }) => Math.max(most, fusedScore), 0) || 1;
  const group = groupOf(type);
  const details = new Map(
    related.map(({ documentId, fusedScore, explanation }, at) => {
      const document = documents[at] as unknown as Entity;
      const date = type.date && mayRead(type.date) ? document[type.date] : null;
      return [
        documentId,
        {
          title: mayRead(type.title) ? textOf(document[type.title]) : null,
          groups: group
            ? entriesOf(document[group.attribute]).map((entry) =>
                textOf(entry[group.targets[0].label as string]),
              )
            : [],
          date: date ? new Date(date as string).toISOString() : null,
          url: addressOf(type, document),
          // The score may rest on hidden fields and would reveal them.
          strength: visibility.readsAllFields ? Math.max(0, fusedScore / highest) : null,
          explanation: explanation ? redact(explanation, visibility) : null,
        },
      ];
    }),
  );
  const nothing = { groups: [], date: null, url: null, strength: null, explanation: null };
  let places = limit;
  const pinned = pins.map(({ isPublished, ...pin }): PanelRow => {
    const isBeyond = pin.state === 'published' && places <= 0;
    const state: EntryState = isBeyond ? 'beyond' : pin.state;
    if (isPublished) places -= 1;
    return { ...nothing, ...details.get(pin.reference), ...pin, state, origin: 'pinned' };
  });
  const suggested = related
    .filter(({ origin }) => origin === 'suggested')
    .slice(0, Math.max(0, places))
    .map(({ documentId }): PanelRow => ({
      ...nothing,
      title: null,
      ...details.get(documentId),
      reference: documentId,
      state: 'published',
      origin: 'suggested',
    }));
  return [...pinned, ...suggested];
}

/** The relation that a row names: the first whose entries have names. */
export function groupOf({ relations }: RelatedType) {
  return relations.find(
    ({ polymorphic, private: isPrivate, targets }) =>
      !polymorphic && !isPrivate && targets[0].label !== null,
  );
}

/** Removes reasons that would reveal hidden fields or documents. */
function redact(
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
