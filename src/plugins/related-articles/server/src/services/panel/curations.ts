import { setTimeout } from 'node:timers/promises';
import { errors } from '@strapi/utils';

import type { CurationState, Reference, SaveCurationRequest } from '../../../../shared/contracts';
import {
  NO_DECISIONS,
  isDue,
  isSameDecision,
  sourceKey,
  sourceOf,
  textOf,
  type Curation,
  type CurationSource,
  type Decisions,
  withoutOver,
} from '../../curations/curation';
import type { CurationCache } from '../../curations/curation-cache';
import {
  decidedByOthers,
  decisionsAt,
  isReverted,
  nextRevert,
  type CurationHistory,
  type Direction,
  type Step,
} from '../../curations/curation-history';
import {
  CurationConflict,
  type CurationRepository,
  type Editor,
} from '../../curations/curation-repository';
import { agreedIn, HIDDEN, mergeDecisions, touchedBy } from '../../curations/merge';
import { isSameRef } from '../../engine/engine';
import type { EditorPermissions } from '../../permissions/editor-permissions';
import { isMask, type Masks } from '../../permissions/masks';
import { checkEnds, checkLimits } from './curation-limits';
import type { EntriesService } from './entries';
import type { OpenEntry } from './panel';

/** How many editors, or calls of an agent, may save one list at once. */
const ATTEMPTS = 30;
/** The longest pause before another attempt, in milliseconds; random, so that editors do not collide again. */
const MAX_PAUSE_MS = 40;

/** Somebody decided differently about the same entries: trying again does not help. */
class Contradiction extends CurationConflict {}

/** By how much the clocks of instances may differ, in milliseconds. */
const CLOCKS_MS = 1000;

/** A saved entry, in a locale that it exists in. */
export interface SavedEntry extends OpenEntry {
  documentId: string;
}

export interface CurationsOptions {
  repository: CurationRepository;
  history: CurationHistory;
  cache: CurationCache;
  entries: EntriesService;
  masks: Masks;
}

/** A decision about one entry after the other. */
export interface Decision {
  decide(now: Decisions): Decisions;
  about: 'hidden' | 'lists';
}

/** The decisions after a save, and whether they differ from what was sent. */
export type SavedCuration = Curation & { isMerged: boolean };

/** Pins and exclusions as editors change them. */
export class CurationsService {
  constructor(private readonly options: CurationsOptions) {}

  find(entry: SavedEntry): Promise<Curation | null> {
    return this.options.repository.find(sourceOfEntry(entry));
  }

  /** What the panel shows of a curation as a whole, and what this editor may do with it. */
  async state(
    permissions: EditorPermissions,
    { id }: Pick<Editor, 'id'>,
    { type, documentId, locale, row }: OpenEntry,
    curation: Curation | null,
  ): Promise<CurationState> {
    const mayCurate = permissions.mayCurate(type.uid, row);
    const source = sourceOf(type.uid, documentId ?? '', locale);
    const steps = curation && mayCurate ? await this.options.history.steps(source) : [];
    const next = (direction: Direction) =>
      (curation && nextRevert(steps, id, direction, curation)?.step.revision) ?? null;
    return {
      revision: curation?.revision ?? 0,
      stamp: this.stampOf(source, curation ?? NO_DECISIONS),
      editor: curation?.editor ?? null,
      updatedAt: curation?.updatedAt ?? null,
      isHidden: curation?.isHidden ?? false,
      mayCurate,
      undoes: next('undo'),
      redoes: next('redo'),
    };
  }

  /**
   * Saves an editor's changes to an entry's pins and exclusions. Keeps what others have changed since this editor read
   * them, unless it is about the same entries.
   *
   * @throws ValidationError naming what cannot be pinned or excluded.
   * @throws CurationConflict when somebody changed the same entries since that revision.
   */
  async save(
    permissions: EditorPermissions,
    editor: Editor,
    entry: SavedEntry,
    wanted: SaveCurationRequest,
  ): Promise<SavedCuration> {
    const source = sourceOfEntry(entry);
    return this.retried(async () => {
      const current = await this.options.repository.find(source);
      const now = current ?? NO_DECISIONS;
      const isLatest = (current?.revision ?? 0) === wanted.revision;
      const steps = isLatest ? [] : await this.options.history.steps(source);
      const base = isLatest ? now : decisionsAt(steps, wanted.revision);
      const isSeen =
        wanted.stamp === undefined || (base && this.stampOf(source, base) === wanted.stamp);
      if (!base || !isSeen) throw new Contradiction();
      checkLimits(wanted);
      const known = await this.known(source, referencesIn(wanted), [now, base]);
      const named = referencesIn(wanted).filter((reference) => !isMask(reference));
      await this.check(permissions, source, { named, known });
      const { hidden = base.isHidden } = wanted;
      const decided = [now, base];
      const maskable = {
        // What is excluded stays out for editors who may not read it.
        pins: await this.maskable(source, editor, pinsIn(wanted), { decided, namedIn: pinnedIn }),
        exclusions: await this.maskable(source, editor, wanted.exclusions, { decided, namedIn }),
      };
      const mine = { ...this.resolve(source, wanted, maskable), isHidden: hidden };
      checkEnds(mine.pins, [now, base]);
      // Nobody decided that a pin ends, so nothing contradicts it.
      const [before, after] = [base, mine].map(withoutOver(now));
      const merged = mergeDecisions(before, after, now);
      if (!merged) throw new Contradiction();
      checkLimits(merged);
      const by = { revision: wanted.revision, editorId: editor.id };
      const others = decidedByOthers([...touchedBy(before, after)], steps, by);
      // Otherwise they could be undone as if nobody else wanted them.
      const agreed = agreedIn(before, after, now).filter((about) => others.includes(about));
      // They have decided for what this editor saw, and is about to change.
      if (agreed.length < others.length) throw new Contradiction();
      // A save that changes nothing creates no event and notifies nobody.
      const isMerged = !isSameDecision(mine, merged);
      const isSame = current && isSameDecision(current, merged);
      if (isSame && agreed.length === 0) return { ...current, isMerged };
      const step = { revision: current?.revision ?? 0, editor, agreed };
      return { ...(await this.write(source, merged, step)), isMerged };
    });
  }

  /**
   * Pins an entry after those that are already pinned.
   *
   * @param pinned.since When the editor first pinned it, if the answer to that was lost.
   * @throws ValidationError when it cannot be pinned, as when an editor has excluded it.
   * @throws CurationConflict when others keep changing the list, or have changed it since.
   */
  async addPin(
    permissions: EditorPermissions,
    editor: Editor,
    entry: SavedEntry,
    { documentId, since }: { documentId: string; since?: Date },
  ): Promise<Curation> {
    const source = sourceOfEntry(entry);
    return this.retried(async () => {
      const current = await this.options.repository.find(source);
      const { pins, exclusions, isHidden } = current ?? NO_DECISIONS;
      const isOther = (ref: { documentId: string }) => ref.documentId !== documentId;
      const pin = { uid: source.sourceType, documentId };
      // One that is over is about to be removed, and does not count.
      const others = pins.filter((known) => isOther(known) || !isDue(known.until, new Date()));
      const decisions = {
        pins: others.every(isOther) ? [...others, pin] : pins,
        exclusions,
        isHidden,
      };
      await this.check(permissions, source, { named: [documentId], known: new Set() });
      checkLimits(decisions);
      const isSame = current && isSameDecision(current, decisions);
      const agreed = isSame ? await this.agreed(source, editor, () => [documentId]) : [];
      if (isSame && agreed.length === 0) return current;
      if (since && !isSame && (await this.isChangedByOthers(source, editor, since))) throw new Contradiction(); // prettier-ignore
      if (!exclusions.every(isOther)) throw invalid('An editor has excluded that entry from this list'); // prettier-ignore
      return this.write(source, decisions, { revision: current?.revision ?? 0, editor, agreed });
    });
  }

  /**
   * Undoes the editor's own last change that is still in force, or redoes the one that they undid last.
   *
   * @param which.pin Only if that change pinned this entry and did nothing else.
   * @param which.step The revision of that change: does nothing if it is already reverted. Default: the next one.
   * @throws ValidationError when there is none, or somebody changed the same entries since.
   * @throws NotFoundError when the editor may not read that entry.
   */
  async revert(
    permissions: EditorPermissions,
    editor: Editor,
    entry: SavedEntry,
    direction: Direction,
    { pin, step: wanted }: { pin?: string; step?: number },
  ): Promise<Curation> {
    const source = sourceOfEntry(entry);
    return this.retried(async () => {
      const current = await this.options.repository.find(source);
      if (pin !== undefined) await this.check(permissions, source, { named: [pin], known: new Set() }); // prettier-ignore
      const steps = await this.options.history.steps(source);
      const revert = current && nextRevert(steps, editor.id, direction, current);
      // The client lost the answer and asks again.
      if (current && wanted !== undefined && isReverted(steps, editor.id, wanted)) return current;
      if (!revert || (wanted !== undefined && revert.step.revision !== wanted)) {
        throw invalid(
          `There is no ${wanted === undefined ? '' : 'such '}change of yours to ${direction}`,
        );
      }
      if (pin !== undefined && !isPinAlone(current, revert.decisions, pin)) {
        throw invalid('Your last change to that list was a different one, so nothing was undone');
      }
      const { step, decisions } = revert;
      checkLimits(decisions);
      const { revision } = current;
      return this.write(source, decisions, { revision, editor, reverts: step.revision });
    });
  }

  /**
   * Applies one decision to an entry and keeps all others; writes nothing if nothing changes, and nobody else has
   * decided so.
   *
   * @param about What it is about: whether the entry may be suggested, or its pins and exclusions, which it removes.
   * @param since When the editor first decided so, if the answer to that was lost.
   * @throws CurationConflict if others have changed the entry since.
   */
  async decide(
    editor: Editor,
    entry: SavedEntry,
    { decide, about }: Decision,
    since?: Date,
  ): Promise<Curation | null> {
    const source = sourceOfEntry(entry);
    return this.retried(async () => {
      const current = await this.options.repository.find(source);
      const now = current ?? NO_DECISIONS;
      const next = decide(now);
      const isSame = isSameDecision(now, next);
      const isNew = about === 'hidden' && !isSame;
      const there = namedIn([now]);
      const goneIn = (steps: readonly Step[]) =>
        [...namedIn(steps.map(({ before }) => before))].filter((id) => !there.has(id));
      const aboutOf = about === 'hidden' ? () => [HIDDEN] : goneIn;
      const agreed = isNew ? [] : await this.agreed(source, editor, aboutOf);
      if (isSame && agreed.length === 0) return current;
      if (since && !isSame && (await this.isChangedByOthers(source, editor, since))) throw new Contradiction(); // prettier-ignore
      return this.write(source, next, { revision: current?.revision ?? 0, editor, agreed });
    });
  }

  /** Returns what others have decided before, in the same way: otherwise they could undo it as if nobody else wanted it. */
  private async agreed(
    source: CurationSource,
    { id }: Editor,
    aboutOf: (steps: readonly Step[]) => string[],
  ): Promise<string[]> {
    const steps = await this.options.history.steps(source);
    return decidedByOthers(aboutOf(steps), steps, { editorId: id });
  }

  private async isChangedByOthers(source: CurationSource, { id }: Editor, since: Date) {
    const steps = await this.options.history.steps(source);
    const earliest = since.getTime() - CLOCKS_MS;
    // Nobody decides that a pin ends.
    const isOther = ({ editorId, action }: Step) => editorId !== id && action !== 'ended';
    return steps.some((step) => isOther(step) && Date.parse(step.at) >= earliest);
  }

  /** Differs for the same decisions on different lists: one may show an entry that another one masks. */
  private stampOf(source: CurationSource, decisions: Decisions): string {
    return this.options.masks.stamp(`${sourceKey(source)} ${textOf(decisions)}`);
  }

  /** Retries a change on top of what another editor has saved in the meantime. */
  private async retried<T>(change: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await change();
      } catch (error) {
        const mayPass = error instanceof CurationConflict && !(error instanceof Contradiction);
        if (!mayPass || attempt >= ATTEMPTS) throw error;
        await setTimeout(Math.random() * MAX_PAUSE_MS);
      }
    }
  }

  /** Returns the documentIds that may be named even if deleted or masked: decided about now or recently. */
  private async known(
    source: CurationSource,
    named: readonly Reference[],
    decided: readonly Decisions[],
  ): Promise<ReadonlySet<string>> {
    const known = namedIn(decided);
    const byMask = this.options.masks.unmasking(named.some(isMask) ? known : []);
    if (named.every((reference) => known.has(byMask.get(reference) ?? reference))) return known;
    const steps = await this.options.history.steps(source);
    return new Set([...known, ...namedIn(steps.map(({ after }) => after))]);
  }

  /**
   * Returns the documentIds that masks may stand for: those decided about now or when this editor read the list, and
   * those that this editor has taken out. What others have taken out stays out for editors who may not read it.
   */
  private async maskable(
    source: CurationSource,
    { id }: Editor,
    references: readonly Reference[],
    { decided, namedIn }: { decided: readonly Decisions[]; namedIn: typeof pinnedIn },
  ): Promise<ReadonlySet<string>> {
    const known = namedIn(decided);
    const masked = references.filter(isMask);
    const byMask = this.options.masks.unmasking(masked.length > 0 ? known : []);
    if (masked.every((reference) => byMask.has(reference))) return known;
    const excluded = excludedIn(decided[0]);
    /** Who has taken it out last. */
    const takenBy = new Map<string, string | null>();
    for (const { before, after, editorId, agreed } of await this.options.history.steps(source)) {
      const isOther = editorId !== id;
      const [left, excludedBefore] = [namedIn([after]), excludedIn(before)];
      const gone = [...namedIn([before]), ...(isOther ? agreed : [])];
      const taken = gone.filter((one) => !left.has(one));
      // What somebody else has shut out stays so, even if this editor has dropped that.
      const isShut = (one: string) => !excludedBefore.has(one) || agreed.includes(one);
      const shut = isOther ? [...excludedIn(after)].filter(isShut) : [];
      for (const one of [...taken, ...shut]) if (!takenBy.has(one)) takenBy.set(one, editorId);
    }
    const own = [...takenBy].flatMap(([one, by]) => (by === id && !excluded.has(one) ? [one] : []));
    return new Set([...known, ...own]);
  }

  /** The decisions that references stand for. */
  private resolve(
    source: CurationSource,
    { pins, exclusions }: Pick<SaveCurationRequest, 'pins' | 'exclusions'>,
    maskable: Record<'pins' | 'exclusions', ReadonlySet<string>>,
  ): Pick<Decisions, 'pins' | 'exclusions'> {
    const uid = source.sourceType;
    const refsOf = <Item extends { reference: Reference }>(
      name: 'pins' | 'exclusions',
      items: readonly Item[],
    ) => {
      const isMasked = items.some(({ reference }) => isMask(reference));
      const byMask = this.options.masks.unmasking(isMasked ? maskable[name] : []);
      const refs = items.map(({ reference, ...rest }) => {
        const documentId = isMask(reference) ? byMask.get(reference) : reference;
        if (documentId !== undefined) return { uid, documentId, ...rest };
        throw invalid(`${name}: "${reference}" does not name a saved entry`);
      });
      const ids = refs.map(({ documentId }) => documentId);
      const twice = ids.findIndex((id, at) => ids.indexOf(id) !== at);
      if (twice >= 0) throw invalid(`${name}: "${items[twice].reference}" is named twice`);
      return refs;
    };
    const excluded = exclusions.map((reference) => ({ reference }));
    const decisions = {
      pins: refsOf('pins', pins.map(pinIn)),
      exclusions: refsOf('exclusions', excluded),
    };
    const both = decisions.pins.findIndex((pin) =>
      decisions.exclusions.some((ref) => isSameRef(ref, pin)),
    );
    if (both < 0) return decisions;
    // Never name the documentId that a mask stands for.
    const { reference } = pinIn(pins[both]);
    throw invalid(`"${reference}" is both pinned and excluded. Expected one of the two`);
  }

  /** Saves and applies the decisions in this process at once; other instances read them from the log. */
  private async write(
    source: CurationSource,
    decisions: Decisions,
    step: { revision: number; editor: Editor; reverts?: number; agreed?: readonly string[] },
  ): Promise<Curation> {
    const saved = await this.options.repository.save(source, decisions, step);
    this.options.cache.take(saved);
    return saved;
  }

  /**
   * Checks that editors name only documents they can read; otherwise they could probe for hidden ones. Must run before
   * any other check reports what they name: a mask may stand for the same document.
   *
   * @param of.known What may be named even if it is deleted.
   */
  private async check(
    permissions: EditorPermissions,
    source: CurationSource,
    { named, known }: { named: readonly string[]; known: ReadonlySet<string> },
  ): Promise<void> {
    if (named.includes(source.sourceId) && !known.has(source.sourceId)) {
      throw invalid('An entry cannot be pinned to its own list or excluded from it');
    }
    const entries = await this.options.entries.describe(permissions, source, named);
    for (const id of named) {
      const state = entries.get(id)?.state;
      if (state !== 'masked' && (state !== 'deleted' || known.has(id))) continue;
      throw new errors.NotFoundError(`There is no entry "${id}" of ${source.sourceType} that you may read`); // prettier-ignore
    }
  }
}

export function sourceOfEntry({ type, documentId, locale }: SavedEntry): CurationSource {
  return sourceOf(type.uid, documentId, locale);
}

/** Reads a pin from a request: a reference alone is a pin without an end. */
const pinIn = (pin: SaveCurationRequest['pins'][number]) =>
  typeof pin === 'string' ? { reference: pin } : pin;

type Wanted = Pick<SaveCurationRequest, 'pins' | 'exclusions'>;

const pinsIn = ({ pins }: Pick<Wanted, 'pins'>): Reference[] =>
  pins.map((pin) => pinIn(pin).reference);

const referencesIn = (wanted: Wanted): Reference[] => [...pinsIn(wanted), ...wanted.exclusions];

/** The documentIds that decisions pin. */
const pinnedIn = (list: readonly Decisions[]): Set<string> =>
  new Set(list.flatMap(({ pins }) => pins.map(({ documentId }) => documentId)));

const excludedIn = ({ exclusions }: Decisions): Set<string> =>
  new Set(exclusions.map(({ documentId }) => documentId));

/** The documentIds that decisions name. */
function namedIn(list: readonly Decisions[]): Set<string> {
  return new Set(
    list.flatMap(({ pins, exclusions }) =>
      [...pins, ...exclusions].map(({ documentId }) => documentId),
    ),
  );
}

const invalid = (message: string) => new errors.ValidationError(message);

/** Whether undoing a step removes one pin and nothing else. */
function isPinAlone(now: Decisions, then: Decisions, documentId: string): boolean {
  const isIt = (ref: { documentId: string }) => ref.documentId === documentId;
  const without = (all: Decisions): Decisions => ({
    ...all,
    pins: all.pins.filter((pin) => !isIt(pin)),
    exclusions: all.exclusions.filter((exclusion) => !isIt(exclusion)),
  });
  const isTaken = now.pins.some(isIt) && !then.pins.some(isIt);
  return isTaken && isSameDecision(without(now), without(then));
}
