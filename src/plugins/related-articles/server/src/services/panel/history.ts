import type { CurationEvent, PanelEntry } from '../../../../shared/contracts';
import type { DocumentRef } from '../../engine/engine';
import { isSameRef, refKey } from '../../engine/engine';
import { HIDDEN, pairIn } from '../../curations/merge';
import { isSameDecision, type CurationSource, type Pin } from '../../curations/curation';
import type { CurationHistory, Direction, Step } from '../../curations/curation-history';
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
    const all = await this.history.steps(source);
    // Skip steps that only moved a list: nobody changed anything.
    const steps = all.filter(({ editorId, before, after }) => editorId !== null || !isSameDecision(before, after)); // prettier-ignore
    const decided = steps.flatMap(({ before, after }) => [before, after]);
    const refs = decided.flatMap(({ pins, exclusions }) => [...pins, ...exclusions]);
    const agreed = steps.flatMap((step) => agreedRefs(step, source.sourceType));
    const ids = new Set([...refs, ...agreed].map(({ documentId }) => documentId));
    const entryOf = await this.entryOf(permissions, source, [...ids]);
    const shown = (list: readonly DocumentRef[]) =>
      list.map(({ documentId }) => toPanelEntry(entryOf(documentId)));
    return steps.map((step): CurationEvent => {
      const { action, at, editor, before, after } = step;
      const agreed = agreedRefs(step, source.sourceType);
      const isAgreed = (ref: DocumentRef) => agreed.some((one) => isSameRef(one, ref));
      const isThere = (ref: DocumentRef) =>
        [...after.pins, ...after.exclusions].some((one) => isSameRef(one, ref));
      return {
        action,
        at,
        editor,
        direction: directionOf(step, steps),
        pinned: shown([...after.pins.filter(isAgreed), ...beyond(after.pins, before.pins)]),
        unpinned: shown([
          ...agreed.filter((ref) => !isThere(ref)),
          ...beyond(before.pins, after.pins),
        ]),
        excluded: shown([
          ...after.exclusions.filter(isAgreed),
          ...beyond(after.exclusions, before.exclusions),
        ]),
        allowed: shown(beyond(before.exclusions, after.exclusions)),
        dated: shown(withOtherEnd(after.pins, before.pins)),
        reordered:
          orderOf(after.pins, before.pins) !== orderOf(before.pins, after.pins) ||
          step.agreed.flatMap(pairIn).length > 0,
        hidden:
          before.isHidden === after.isHidden && !step.agreed.includes(HIDDEN)
            ? null
            : after.isHidden,
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

/** The entries about which a step agreed with others, but for those that both have only moved. */
function agreedRefs({ agreed }: Step, uid: string): DocumentRef[] {
  const moved = new Set(agreed.flatMap(pairIn));
  const ids = agreed.filter((id) => id !== HIDDEN && pairIn(id).length === 0 && !moved.has(id));
  return ids.map((documentId) => ({ uid, documentId }));
}

/** Undoing an undo is a redo. */
function directionOf({ reverts, revision }: Step, steps: readonly Step[]): Direction | null {
  if (reverts === null) return null;
  // Rows written by hand may revert each other.
  const reverted = steps.find((step) => step.revision === reverts && step.revision < revision);
  return reverted && directionOf(reverted, steps) === 'undo' ? 'redo' : 'undo';
}

/** The items of one list that are not in the other. */
function beyond(list: readonly DocumentRef[], other: readonly DocumentRef[]): DocumentRef[] {
  const keys = new Set(other.map(refKey));
  return list.filter((ref) => !keys.has(refKey(ref)));
}

/** The items of a list that are also in the other one, in order. */
function orderOf(list: readonly DocumentRef[], other: readonly DocumentRef[]): string {
  const keys = new Set(other.map(refKey));
  return list.map(refKey).filter((key) => keys.has(key)).join(); // prettier-ignore
}

/** The pins of a list that the other one has with a different end. */
function withOtherEnd(list: readonly Pin[], other: readonly Pin[]): Pin[] {
  const ends = new Map(other.map((pin) => [refKey(pin), pin.until]));
  return list.filter((pin) => ends.has(refKey(pin)) && ends.get(refKey(pin)) !== pin.until);
}
