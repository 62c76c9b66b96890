import type { CurationEvent, PanelEntry } from '../../../../shared/contracts';
import type { DocumentRef } from '../../engine/engine';
import { refKey } from '../../engine/engine';
import type { CurationSource, Pin } from '../../curations/curation';
import type { CurationHistory } from '../../curations/curation-history';
import type { EditorPermissions } from '../../permissions/editor-permissions';
import type { Masks } from '../../permissions/masks';
import { sourceOfEntry, type SavedEntry } from './curations';
import type { EntriesService } from './entries';
import { toPanelEntry } from './rows';

/** Describes documents of a list, and who decided what about it, as far as the editor may know. */
export class HistoryService {
  constructor(
    private readonly history: CurationHistory,
    private readonly entries: EntriesService,
    private readonly masks: Masks,
  ) {}

  /** The audit trail, newest first, with titles as far as the editor may read them. */
  async events(permissions: EditorPermissions, entry: SavedEntry): Promise<CurationEvent[]> {
    const source = sourceOfEntry(entry);
    const steps = await this.history.steps(source);
    const decided = steps.flatMap(({ before, after }) => [before, after]);
    const refs = decided.flatMap(({ pins, exclusions }) => [...pins, ...exclusions]);
    const ids = new Set(refs.map(({ documentId }) => documentId));
    const entryOf = await this.entryOf(permissions, source, [...ids]);
    const shown = (list: readonly DocumentRef[]) =>
      list.map(({ documentId }) => toPanelEntry(entryOf(documentId)));
    return steps.map(({ action, at, editor, reverts, before, after }): CurationEvent => {
      return {
        action,
        at,
        editor,
        isRevert: reverts !== null,
        pinned: shown(beyond(after.pins, before.pins)),
        unpinned: shown(beyond(before.pins, after.pins)),
        excluded: shown(beyond(after.exclusions, before.exclusions)),
        allowed: shown(beyond(before.exclusions, after.exclusions)),
        dated: shown(after.pins.filter((pin) => hasOtherEnd(pin, before.pins))),
        reordered: orderOf(after.pins, before.pins) !== orderOf(before.pins, after.pins),
        hidden: before.isHidden === after.isHidden ? null : after.isHidden,
      };
    });
  }

  /** Describes documents, masking those that the editor may not read. */
  async entryOf(
    permissions: EditorPermissions,
    source: CurationSource,
    documentIds: readonly string[],
  ): Promise<(documentId: string) => PanelEntry & { isServed: boolean }> {
    const known = await this.entries.describe(permissions, source, documentIds);
    return (documentId) => {
      const entry = known.get(documentId);
      const { state = 'deleted', title = null, isServed = false } = entry ?? {};
      const reference = state === 'masked' ? this.masks.mask(documentId) : documentId;
      return { reference, title, state, isServed };
    };
  }
}

const has = (list: readonly DocumentRef[], ref: DocumentRef) =>
  list.some((other) => refKey(other) === refKey(ref));

/** The items of one list that are not in the other. */
const beyond = (list: readonly DocumentRef[], other: readonly DocumentRef[]) =>
  list.filter((ref) => !has(other, ref));

/** Those of a list that are in another one too, in their order. */
const orderOf = (list: readonly DocumentRef[], other: readonly DocumentRef[]) =>
  list.filter((ref) => has(other, ref)).map(refKey).join(); // prettier-ignore

const hasOtherEnd = (pin: Pin, before: readonly Pin[]) => {
  const was = before.find((other) => refKey(other) === refKey(pin));
  return was !== undefined && was.until !== pin.until;
};
