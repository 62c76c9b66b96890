import type { Core } from '@strapi/strapi';

import type { RelationTarget } from '../config/relation-sources';
import type { RelatedType } from '../config/resolve';
import { nameOf } from '../content/entity';
import { rowsOf } from '../content/rows';
import type { SiteOptions } from './site-options';

/** How many entries with these names are read of a type: a name may occur in each locale. */
const MOST_ROWS = 5000;
/** How many names a line of the log has. */
const MOST_TOLD = 10;

/**
 * Logs names in the rule `never` that no entry has, as after a category was renamed: what it kept out comes back. Only
 * the log has them: they may be names of entries that not every editor may read.
 */
export class UnmetNames {
  /** What was logged last, by type. */
  private readonly told = new Map<string, string>();

  constructor(
    private readonly strapi: Core.Strapi,
    private readonly sources: { types: ReadonlyMap<string, RelatedType>; options: SiteOptions },
  ) {}

  async check(): Promise<void> {
    for (const type of this.sources.types.values()) {
      const { never = {} } = this.sources.options.of(type.uid).ranking.rules ?? {};
      const unmet: string[] = [];
      try {
        for (const { attribute, targets } of type.relations) {
          const names = new Set(never[attribute]);
          for (const target of targets) await this.removePresent(names, target);
          unmet.push(...names);
        }
        this.tell(type.uid, unmet);
      } catch (error) {
        this.strapi.log.debug(`related-articles: cannot check the rules of ${type.uid}: ${(error as Error).message}`); // prettier-ignore
      }
    }
  }

  private tell(uid: string, unmet: readonly string[]): void {
    const key = JSON.stringify(unmet);
    const known = this.told.get(uid);
    this.told.set(uid, key);
    if (unmet.length === 0 || known === key) return;
    const names = unmet.slice(0, MOST_TOLD).map((name) => JSON.stringify(name)).join(', '); // prettier-ignore
    const more = unmet.length > MOST_TOLD ? ` and ${unmet.length - MOST_TOLD} more` : '';
    this.strapi.log.warn(
      `related-articles: the rule "never" of ${uid} does nothing for ${names}${more}: no published entry of the relation has that name.`,
    );
  }

  private async removePresent(
    names: Set<string>,
    { uid, label, draftAndPublish }: RelationTarget,
  ): Promise<void> {
    if (names.size === 0 || label === null) return;
    const rows = await rowsOf<Record<string, unknown>>(this.strapi, uid).findMany({
      select: [label],
      where: { [label]: { $in: [...names] }, ...(draftAndPublish && { publishedAt: { $notNull: true } }) },
      limit: MOST_ROWS,
    }); // prettier-ignore
    // Others may be among those that were not read.
    if (rows.length === MOST_ROWS) names.clear();
    // Some databases find names in other letters, too; the rule does not.
    for (const row of rows) names.delete(nameOf(row[label]));
  }
}
