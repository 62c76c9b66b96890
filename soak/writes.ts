import type { Core } from '@strapi/strapi';
import { appOf } from 'plugin/app';
import { NO_DECISIONS, sourceOf, type Decisions } from 'plugin/curations/curation';

const ARTICLE = 'api::article.article';
const CATEGORY = 'api::category.category';
const TAG = 'api::tag.tag';
const WORDS =
  'sourdough starter flour water bread oven crust crumb rye yeast salt jar fridge loaf moon crater telescope mirror river canoe paddle tent garden seed tomato compost pond frog chisel plane bench timber'.split(
    ' ',
  );

/** Errors of Strapi or the database if another writer is using, or has just removed, what is to be written. */
export const REFUSED =
  /Document with id|not found|must be unique|already used|documentId|foreign key|deadlock|aborted|Lock wait|Record has changed|database is locked/i;

/** Changes what was decided about an English article's list; a conflict with another writer is no error. */
export async function decide(
  strapi: Core.Strapi,
  documentId: string,
  change: (decisions: Decisions) => Decisions,
): Promise<void> {
  const { repository } = appOf(strapi);
  const source = sourceOf(ARTICLE, documentId, 'en');
  const current = await repository.find(source);
  const decisions = change(current ?? NO_DECISIONS);
  const editor = { name: 'Soak', id: 'soak' };
  try {
    await repository.save(source, decisions, { revision: current?.revision ?? 0, editor });
  } catch (error) {
    if (!/CurationConflict/.test((error as Error).constructor.name)) throw error;
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function text(next: () => number, words: number): string {
  return Array.from({ length: words }, () => WORDS[Math.floor(next() * WORDS.length)]).join(' ');
}

/** How many subjects articles have, and how many words of its own each subject has. */
const SUBJECTS = 100;
const SUBJECT_WORDS = 60;

/** Returns text that is half about one of a hundred subjects: its words are in a hundredth of all articles. */
export function subjectText(next: () => number, words: number): string {
  const subject = Math.floor(next() * SUBJECTS);
  const own = () => `term${subject * SUBJECT_WORDS + Math.floor(next() * SUBJECT_WORDS)}`;
  return Array.from({ length: words }, () => (next() < 0.5 ? own() : text(next, 1))).join(' ');
}

/** Makes writes of all kinds that a site sees, in realistic proportions, one after the other. */
export class Writes {
  private readonly next: () => number;
  done = 0;

  constructor(
    private readonly strapi: Core.Strapi,
    seed: number,
  ) {
    this.next = random(seed);
  }

  /** Makes one write; those that Strapi refuses, such as to a document that was just deleted, count, too. */
  async one(): Promise<void> {
    const roll = this.next();
    const documents = this.strapi.documents(ARTICLE);
    try {
      if (roll < 0.3 && (await this.isFull())) {
        await documents.delete({ documentId: await this.some(ARTICLE) });
      } else if (roll < 0.3) {
        const status = this.next() < 0.7 ? 'published' : 'draft';
        await documents.create({ data: await this.article(), status } as never);
      } else if (roll < 0.55) {
        const status = this.next() < 0.6 ? 'published' : 'draft';
        const documentId = await this.some(ARTICLE);
        await documents.update({ documentId, data: await this.article(), status } as never);
      } else if (roll < 0.63) {
        await documents.publish({ documentId: await this.some(ARTICLE) });
      } else if (roll < 0.71) {
        await documents.unpublish({ documentId: await this.some(ARTICLE) });
      } else if (roll < 0.74) {
        await documents.discardDraft({ documentId: await this.some(ARTICLE) });
      } else if (roll < 0.82) {
        await documents.delete({ documentId: await this.some(ARTICLE) });
      } else if (roll < 0.9) {
        const uid = this.next() < 0.5 ? CATEGORY : TAG;
        await this.strapi.documents(uid).update({
          documentId: await this.some(uid),
          data: { name: text(this.next, 2) },
        } as never);
      } else if (roll < 0.92) {
        await this.bulk();
      } else if (roll < 0.95) {
        await this.curate();
      } else if (roll < 0.96) {
        const documentId = await this.some(ARTICLE);
        await documents.clone({
          documentId,
          data: { title: text(this.next, 3), slug: null },
        } as never);
      } else if (roll < 0.97) {
        await this.rolledBack();
      } else {
        await this.strapi
          .documents(this.next() < 0.5 ? CATEGORY : TAG)
          .create({ data: { name: text(this.next, 2) } } as never);
      }
    } catch (error) {
      if (!REFUSED.test(String(error))) throw error;
    }
    this.done += 1;
  }

  /** Keeps the site from growing with every write: each comparison would be slower than the one before. */
  private async isFull(): Promise<boolean> {
    return (await this.strapi.db.query(ARTICLE).count()) > 500;
  }

  /** As the admin panel's bulk actions do: several documents in one transaction. */
  private async bulk(): Promise<void> {
    const ids = [await this.some(ARTICLE), await this.some(ARTICLE), await this.some(ARTICLE)];
    const documents = this.strapi.documents(ARTICLE);
    const publishes = this.next() < 0.5;
    await this.strapi.db.transaction(async () => {
      for (const documentId of new Set(ids)) {
        if (publishes) await documents.publish({ documentId });
        else await documents.unpublish({ documentId });
      }
    });
  }

  /** Pins one article to another's list and excludes a third. */
  private async curate(): Promise<void> {
    const [source, pin, exclusion] = [
      await this.some(ARTICLE),
      await this.some(ARTICLE),
      await this.some(ARTICLE),
    ];
    const refOf = (documentId: string) => ({ uid: ARTICLE, documentId });
    await decide(this.strapi, source, () => ({
      pins: [refOf(pin)],
      exclusions: [refOf(exclusion)],
      isHidden: this.next() < 0.1,
    }));
  }

  private async rolledBack(): Promise<void> {
    const data = await this.article();
    await this.strapi.db
      .transaction(async () => {
        await this.strapi.documents(ARTICLE).create({ data, status: 'published' } as never);
        throw new Error('rolled back');
      })
      .catch((error: Error) => {
        if (error.message !== 'rolled back') throw error;
      });
  }

  private async article(): Promise<object> {
    return {
      title: text(this.next, 3),
      body: text(this.next, 40),
      category: await this.some(CATEGORY),
      tags: [await this.some(TAG)].filter(Boolean),
    };
  }

  /** A documentId that exists, chosen by the seed as far as other writers let it. */
  private async some(uid: string): Promise<string> {
    const query = this.strapi.db.query(uid);
    const count = await query.count();
    const [row] = await query.findMany({
      select: ['documentId'],
      orderBy: { id: 'asc' },
      offset: Math.floor(this.next() * count),
      limit: 1,
    });
    return row?.documentId;
  }
}
