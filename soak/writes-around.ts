import type { Core } from '@strapi/strapi';

import { ALL_READS, ARTICLE_FIND, RELATED_FIND } from '../tests/helpers/strapi';
import { random, REFUSED, text, Writes } from './writes';

const ARTICLE = 'api::article.article';
const FILE = 'plugin::upload.file';
const ROLE = 'plugin::users-permissions.role';
const PERMISSION = 'plugin::users-permissions.permission';
/** Rights that can be taken from callers who may still send their requests. */
const GRANTS = ALL_READS.filter((action) => ![ARTICLE_FIND, RELATED_FIND].includes(action));
/** How many files there are at most, and how many entries use them: few, so that changes show in answers. */
const FILES = 6;
const LOCALES = ['de', 'fr', 'nl'];

/** Writes everything that an answer may depend on: entries, files, rights, locales, what editors decide. */
export class WritesAround {
  private readonly next: () => number;
  private readonly entries: Writes;

  constructor(
    private readonly strapi: Core.Strapi,
    seed: number,
  ) {
    this.next = random(seed);
    this.entries = new Writes(strapi, seed + 1);
  }

  /** Makes one write; those that the database refuses because another process is writing count, too. */
  async one(): Promise<void> {
    const roll = this.next();
    try {
      if (roll < 0.6) await this.entries.one();
      else if (roll < 0.8) await this.file();
      else if (roll < 0.9) await this.grant();
      else await this.locale();
    } catch (error) {
      if (!REFUSED.test(String(error))) throw error;
    }
  }

  /** Creates and uses a file, renames one, or deletes one. */
  private async file(): Promise<void> {
    const files = this.strapi.db.query(FILE);
    const [known] = await files.findMany({
      orderBy: { id: 'asc' },
      offset: Math.floor(this.next() * (await files.count())),
      limit: 1,
    });
    const roll = this.next();
    const name = text(this.next, 2);
    if (!known || (roll < 0.4 && (await files.count()) < FILES)) {
      const data = { name, hash: name, ext: '.png', mime: 'image/png', size: 1, url: `/${name}.png`, provider: 'local' }; // prettier-ignore
      const { id } = await files.create({ data });
      await this.cover(id);
    } else if (roll < 0.6) await this.cover(known.id);
    else if (roll < 0.95) await files.update({ where: { id: known.id }, data: { name } });
    else await files.delete({ where: { id: known.id } });
  }

  private async cover(id: number): Promise<void> {
    const articles = await this.strapi.db.query(ARTICLE).findMany({
      where: { locale: 'en', publishedAt: { $notNull: true } },
      orderBy: { documentId: 'asc' },
      limit: FILES,
    });
    const article = articles[Math.floor(this.next() * articles.length)];
    if (!article) return;
    const { documentId } = article;
    await this.strapi.documents(ARTICLE).update({ documentId, data: { cover: id }, status: 'published' } as never); // prettier-ignore
  }

  private async grant(): Promise<void> {
    const role = await this.strapi.db.query(ROLE).findOne({ where: { type: 'public' } });
    const action = GRANTS[Math.floor(this.next() * GRANTS.length)];
    const permissions = this.strapi.db.query(PERMISSION);
    const held = await permissions.findOne({ where: { action, role: role.id } });
    if (held) await permissions.delete({ where: { id: held.id } });
    else await permissions.create({ data: { action, role: role.id } });
  }

  private async locale(): Promise<void> {
    const locales = this.strapi.plugin('i18n').service('locales');
    const code = LOCALES[Math.floor(this.next() * LOCALES.length)];
    const known = await locales.findByCode(code);
    if (known) await locales.delete({ id: known.id });
    else await locales.create({ code, name: code });
  }
}
