import type { Core } from '@strapi/strapi';
import { errors } from '@strapi/utils';

import type {
  CurationEvent,
  PanelEntry,
  Reference,
  SaveCurationRequest,
} from '../../../../shared/contracts';
import {
  CURATION_EVENT,
  decisionsIn,
  idsIn,
  MAX_EXCLUSIONS,
  MAX_PINS,
  NEWEST_FIRST,
  NO_DECISIONS,
  sourceOf,
  toRow,
  type Curation,
  type CurationSource,
  type Decisions,
} from '../../curations/curation';
import type { CurationCache } from '../../curations/curation-cache';
import {
  CurationConflict,
  type CurationRepository,
  type Editor,
} from '../../curations/curation-repository';
import type { EntriesService } from './entries';
import type { OpenEntry } from './panel';
import { toPanelEntry } from './rows';
import { isMask, Masks } from '../../permissions/masks';
import type { EditorPermissions } from '../../permissions/editor-permissions';

const SHOWN_EVENTS = 50;
const ATTEMPTS = 3;
const NOTHING = toRow(NO_DECISIONS);

/** An entry that is saved, in a locale that it has. */
export interface SavedEntry extends OpenEntry {
  documentId: string;
}

export interface CurationsOptions {
  strapi: Core.Strapi;
  repository: CurationRepository;
  cache: CurationCache;
  entries: EntriesService;
}

/** Pins and exclusions as editors change them. */
export class CurationsService {
  readonly masks: Masks;

  constructor(private readonly options: CurationsOptions) {
    this.masks = new Masks(String(options.strapi.config.get('admin.auth.secret', '')));
  }

  find(entry: SavedEntry): Promise<Curation | null> {
    return this.options.repository.find(sourceOfEntry(entry));
  }

  /**
   * Replaces an entry's pins and exclusions.
   *
   * @throws ValidationError naming what cannot be pinned or excluded.
   * @throws CurationConflict when somebody changed it since that revision.
   */
  async save(
    permissions: EditorPermissions,
    editor: Editor,
    entry: SavedEntry,
    { pins, exclusions, revision }: SaveCurationRequest,
  ): Promise<Curation> {
    const source = sourceOfEntry(entry);
    const current = await this.options.repository.find(source);
    if ((current?.revision ?? 0) !== revision) throw new CurationConflict();
    const { pins: pinned, exclusions: excluded } = toRow(current ?? NO_DECISIONS);
    const known = new Set([...pinned, ...excluded]);
    const decisions = await this.resolve(source, { pins, exclusions }, known);
    const named = [...pins, ...exclusions].filter((reference) => !isMask(reference));
    await this.check(permissions, source, decisions, { named, known });
    // A save that changes nothing creates no event and notifies nobody.
    if (current && isSame(current, decisions)) return current;
    return this.write(source, decisions, revision, editor);
  }

  /**
   * Pins an entry behind those that are pinned, and takes it out of the exclusions.
   *
   * @throws ValidationError when it cannot be pinned.
   * @throws CurationConflict when others change it all the time.
   */
  async addPin(
    permissions: EditorPermissions,
    editor: Editor,
    entry: SavedEntry,
    documentId: string,
  ): Promise<Curation> {
    for (let attempt = 1; ; attempt += 1) {
      const current = await this.find(entry);
      const { pins, exclusions } = toRow(current ?? NO_DECISIONS);
      const revision = current?.revision ?? 0;
      try {
        const source = sourceOfEntry(entry);
        const decisions = decisionsIn({
          ...source,
          pins: [...pins.filter((id) => id !== documentId), documentId],
          exclusions: exclusions.filter((id) => id !== documentId),
        });
        await this.check(permissions, source, decisions, { named: [documentId], known: new Set() });
        if (current && pins.includes(documentId)) return current;
        return await this.write(source, decisions, revision, editor);
      } catch (error) {
        // Retry on top of what the other editor saved.
        if (!(error instanceof CurationConflict) || attempt >= ATTEMPTS) throw error;
      }
    }
  }

  /** The audit trail, newest first, with titles as far as the editor may read them. */
  async events(permissions: EditorPermissions, entry: SavedEntry): Promise<CurationEvent[]> {
    const source = sourceOfEntry(entry);
    const steps = (await this.lastEvents(source)).map((row) => ({
      action: row.action as CurationEvent['action'],
      at: new Date(row.createdAt).toISOString(),
      editor: row.editor ?? null,
      pins: idsIn(row.pins),
      exclusions: idsIn(row.exclusions),
    }));
    const ids = new Set(steps.flatMap(({ pins, exclusions }) => [...pins, ...exclusions]));
    const entryOf = await this.entryOf(permissions, source, [...ids]);
    // The state before the oldest event shown is unknown.
    const told = steps.length < SHOWN_EVENTS ? steps : steps.slice(0, -1);
    return told.map(({ pins, exclusions, ...step }, at): CurationEvent => {
      const isGone = (action: CurationEvent['action'] | undefined) => action === 'removed';
      const older = steps[at + 1];
      const before = !older || isGone(older.action) ? NOTHING : older;
      const after = isGone(step.action) ? NOTHING : { pins, exclusions };
      const stayed = after.pins.filter((id) => before.pins.includes(id));
      return {
        ...step,
        pinned: beyond(after.pins, before.pins).map(entryOf).map(toPanelEntry),
        unpinned: beyond(before.pins, after.pins).map(entryOf).map(toPanelEntry),
        excluded: beyond(after.exclusions, before.exclusions).map(entryOf).map(toPanelEntry),
        allowed: beyond(before.exclusions, after.exclusions).map(entryOf).map(toPanelEntry),
        reordered: stayed.join() !== before.pins.filter((id) => after.pins.includes(id)).join(),
      };
    });
  }

  /** Describes documents, masking those that the editor may not read. */
  async entryOf(
    permissions: EditorPermissions,
    source: CurationSource,
    documentIds: readonly string[],
  ): Promise<(documentId: string) => PanelEntry & { isPublished: boolean }> {
    const known = await this.options.entries.describe(permissions, source, documentIds);
    return (documentId) => {
      const entry = known.get(documentId);
      const { state = 'deleted', title = null, isPublished = false } = entry ?? {};
      const reference = state === 'masked' ? this.masks.mask(documentId) : documentId;
      return { reference, title, state, isPublished };
    };
  }

  /**
   * The documentIds that references stand for.
   *
   * @param known Those that are in the curation now; what was taken away lately and may be put back joins them.
   */
  private async resolve(
    source: CurationSource,
    references: Record<'pins' | 'exclusions', readonly Reference[]>,
    known: Set<string>,
  ): Promise<Decisions> {
    const named = [...references.pins, ...references.exclusions];
    let byMask = named.some(isMask) ? this.masks.unmasking(known) : new Map<Reference, string>();
    if (named.some((reference) => !known.has(byMask.get(reference) ?? reference))) {
      for (const { pins, exclusions } of await this.lastEvents(source)) {
        for (const id of [...idsIn(pins), ...idsIn(exclusions)]) known.add(id);
      }
      byMask = named.some(isMask) ? this.masks.unmasking(known) : byMask;
    }
    const idsOf = (name: 'pins' | 'exclusions') => {
      const ids = references[name].map((reference) => {
        const id = isMask(reference) ? byMask.get(reference) : reference;
        if (id !== undefined) return id;
        throw invalid(`${name}: "${reference}" stands for nothing that is saved`);
      });
      const twice = ids.find((id, at) => ids.indexOf(id) !== at);
      if (twice) throw invalid(`${name}: "${twice}" is named twice`);
      return ids;
    };
    return decisionsIn({ ...source, pins: idsOf('pins'), exclusions: idsOf('exclusions') });
  }

  /** Applies at once in this process; other instances read it from the log. */
  private async write(
    source: CurationSource,
    decisions: Decisions,
    revision: number,
    editor: Editor,
  ): Promise<Curation> {
    const saved = await this.options.repository.save(source, decisions, revision, editor);
    this.options.cache.take(saved);
    return saved;
  }

  private lastEvents(source: CurationSource): Promise<Record<string, string>[]> {
    return this.options.strapi.db.query(CURATION_EVENT.uid).findMany({
      where: { ...source },
      orderBy: NEWEST_FIRST,
      limit: SHOWN_EVENTS,
    });
  }

  /**
   * Editors may only name documents they can read; otherwise they could probe for hidden ones.
   *
   * @param of.known What may be named though it is deleted.
   */
  private async check(
    permissions: EditorPermissions,
    source: CurationSource,
    decisions: Decisions,
    { named, known }: { named: readonly string[]; known: ReadonlySet<string> },
  ): Promise<void> {
    const { pins, exclusions } = toRow(decisions);
    atMost('pins', pins, MAX_PINS);
    atMost('exclusions', exclusions, MAX_EXCLUSIONS);
    const both = pins.find((id) => exclusions.includes(id));
    if (both) throw invalid(`"${both}" is both pinned and excluded. Expected one of the two`);
    if (named.includes(source.sourceId) && !known.has(source.sourceId)) {
      throw invalid('An entry cannot be pinned to its own list or excluded from it');
    }
    const entries = await this.options.entries.describe(permissions, source, named);
    for (const id of named) {
      const state = entries.get(id)?.state;
      if (state !== 'masked' && (state !== 'deleted' || known.has(id))) continue;
      throw invalid(`There is no entry "${id}" of ${source.sourceType} that you may read`);
    }
  }
}

export function sourceOfEntry({ type, documentId, locale }: SavedEntry): CurationSource {
  return sourceOf(type.uid, documentId, locale);
}

function isSame(a: Decisions, b: Decisions): boolean {
  const [one, other] = [toRow(a), toRow(b)];
  return (
    one.pins.join(' ') === other.pins.join(' ') &&
    one.exclusions.sort().join(' ') === other.exclusions.sort().join(' ')
  );
}

/** The items of one list that are not in the other. */
const beyond = (list: readonly string[], other: readonly string[]) =>
  list.filter((id) => !other.includes(id));

function atMost(name: string, list: readonly unknown[], most: number): void {
  if (list.length <= most) return;
  throw invalid(`${name}: expected at most ${most}, got ${list.length}`);
}

const invalid = (message: string) => new errors.ValidationError(message);
