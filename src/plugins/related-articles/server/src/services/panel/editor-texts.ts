import type { RelatedType } from '../../config/resolve';
import type { TextSource } from '../../config/text-sources';
import type { Entity } from '../../content/entity';
import type { Row, RowReader } from '../../content/row-reader';
import { afterOthers } from '../../engine/steps';
import type { EditorPermissions } from '../../permissions/editor-permissions';
import { ifRefused } from '../../permissions/narrowed-reads';
import { explainableQuery } from '../reasons-for-caller';

/** How many texts are read at once. */
const BATCH = 20;

/**
 * Reads entries in one locale for an editor: as they are stored, but with the titles, texts and signals that project
 * code gives this editor, if it may change them.
 */
export class EditorTexts implements Pick<RowReader, 'published' | 'draft'> {
  constructor(
    private readonly reader: RowReader,
    private readonly permissions: EditorPermissions,
    private readonly locale: string | null,
  ) {}

  async published(type: RelatedType, documentIds: readonly string[]): Promise<(Entity & Row)[]> {
    return this.given(type, await this.stored(type, documentIds), 'published');
  }

  async draft(
    type: RelatedType,
    documentId: string,
    locale: string | null | undefined,
  ): Promise<Entity | null> {
    const row = await this.reader.draft(type, documentId, locale);
    const status = type.draftAndPublish ? 'draft' : 'published';
    return row && ((await this.given(type, [row], status))[0] ?? null);
  }

  /**
   * Reads published entries both as stored and as given, a few at a time; leaves out those that are not given.
   *
   * @returns `null` if no project code may give anything other than what is stored.
   */
  pairs(
    type: RelatedType,
    documentIds: readonly string[],
  ): AsyncIterable<{ stored: Entity; given: Entity }> | null {
    if (!this.permissions.mayBeNarrowed(type.uid)) return null;
    return this.pairsOf(type, documentIds);
  }

  private async *pairsOf(type: RelatedType, documentIds: readonly string[]) {
    for (let start = 0; start < documentIds.length; start += BATCH) {
      const rows = await this.stored(type, documentIds.slice(start, start + BATCH));
      const byId = new Map(rows.map((row) => [row.id, row]));
      for (const given of await this.given(type, rows, 'published')) {
        yield { stored: byId.get(given.id) as Entity, given };
      }
    }
  }

  private async stored(
    type: RelatedType,
    documentIds: readonly string[],
  ): Promise<(Entity & Row)[]> {
    const rows = await this.reader.published(type, documentIds);
    return rows.filter((row) => !type.localized || row.locale === this.locale);
  }

  private async given<R extends Entity>(
    type: RelatedType,
    rows: readonly R[],
    status: 'draft' | 'published',
  ): Promise<R[]> {
    const { permissions, locale } = this;
    if (rows.length === 0 || !permissions.mayBeNarrowed(type.uid)) return [...rows];
    const query = explainableQuery(unveiled(type), new Set());
    const asked = [...(query.fields ?? []), ...Object.keys(query.populate)];
    const scope = { ...query, status, ...(type.localized && { locale }) };
    const found: R[] = [];
    for (const row of rows) {
      // One by one, as the content manager opens them: in a list, project code may give less of each.
      const asking = permissions.findOne(type.uid, row.documentId, scope);
      const answer = await asking.catch(ifRefused(null));
      if (!answer) continue;
      found.push({ ...row, ...Object.fromEntries(asked.map((name) => [name, answer[name]])) });
      // SQLite queries never yield to other requests.
      await afterOthers();
    }
    return found;
  }
}

/** Clears the `private` flags: editors may see what is private. */
const unveiled = (type: RelatedType): RelatedType => ({
  ...type,
  titlePrivate: false,
  slugPrivate: false,
  datePrivate: false,
  text: type.text.map(unveiledText),
  signals: type.signals.map((signal) => ({ ...signal, private: false })),
});

function unveiledText(source: TextSource): TextSource {
  const open = { ...source, private: false };
  if (open.kind === 'component') return { ...open, sources: open.sources.map(unveiledText) };
  if (open.kind !== 'zone') return open;
  const components = [...open.components].map(([uid, inner]) => [uid, inner.map(unveiledText)] as const); // prettier-ignore
  return { ...open, components: new Map(components) };
}
