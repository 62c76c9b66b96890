import type { Core } from '@strapi/strapi';

import type { ProblemSink } from '../changes/problems';
import type { RelationTarget } from '../config/relation-sources';
import type { RelatedType } from '../config/resolve';
import { nameOf } from '../content/entity';
import { rowsOf } from '../content/rows';
import type { SiteOptions } from './site-options';

/** How many entries with these names are read of a type: a name may occur in each locale. */
const MOST_ROWS = 5000;

/** Reports names in the rule `never` that no entry has, as after a category was renamed: what it kept out comes back. */
export class UnmetNames {
  private raised = new Set<string>();

  constructor(
    private readonly strapi: Core.Strapi,
    private readonly sources: { types: ReadonlyMap<string, RelatedType>; options: SiteOptions },
    private readonly problems: ProblemSink,
  ) {}

  async check(): Promise<void> {
    const unmet = new Set<string>();
    for (const type of this.sources.types.values()) {
      const { never = {} } = this.sources.options.of(type.uid).ranking.rules ?? {};
      for (const { attribute, targets } of type.relations) {
        const names = new Set(never[attribute]);
        for (const target of targets) await this.removePresent(names, target);
        for (const name of names) unmet.add(`the rule "never" of ${type.uid} does nothing for "${name}"`); // prettier-ignore
      }
    }
    for (const what of unmet) this.problems.raise(what, new Error('no published entry of the relation has that name')); // prettier-ignore
    for (const what of this.raised) if (!unmet.has(what)) this.problems.resolve(what);
    this.raised = unmet;
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
    // Some databases find names in other letters, too; the rule does not.
    for (const row of rows) names.delete(nameOf(row[label]));
  }
}
