import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import { appOf } from 'plugin/app';
import { KEEP_BUILD } from '../helpers/command';
import type { TestDatabase } from '../helpers/databases';
import {
  ALL_READS,
  createAdministrator,
  createToken,
  grantPublic,
  startStrapi,
  testEnvironment,
  type Running,
} from '../helpers/strapi';
import { BREAD } from '../helpers/texts';

export const ARTICLE = 'api::article.article';
export const CATEGORY = 'api::category.category';
export const TAG = 'api::tag.tag';
const root = path.resolve(__dirname, '../..');
const run = promisify(execFile);

/** The project on a database, with a few articles in two locales and every way to write to it. */
export class Site {
  private constructor(
    readonly running: Running,
    private readonly database: TestDatabase,
    private readonly admin: string,
    private readonly token: string,
  ) {}

  static async start(database: TestDatabase): Promise<Site> {
    const running = await startStrapi(undefined, database.env);
    await running.strapi.plugin('i18n').service('locales').create({ code: 'de', name: 'German' });
    await grantPublic(running.strapi, ALL_READS);
    const { token: admin } = await createAdministrator(running);
    const token = await createToken(running.strapi, 'full-access');
    const site = new Site(running, database, admin, token);
    for (const [i, body] of BREAD.entries()) await site.published({ title: `Constant ${i}`, body });
    return site;
  }

  get strapi() {
    return this.running.strapi;
  }

  get articles() {
    return this.strapi.documents(ARTICLE);
  }

  /** A request of the admin panel. */
  async manage(method: 'post' | 'put' | 'delete', place: string, body: object = {}) {
    const answer = await this.running.http[method](`/content-manager/collection-types/${place}`)
      .set('Authorization', `Bearer ${this.admin}`)
      .send(body);
    return this.succeeded(answer, `${method} ${place}`);
  }

  /** Replaces pins and exclusions, as the editor's panel does. */
  async curate(documentId: string, body: object, revision = 0): Promise<void> {
    const answer = await this.running.http
      .put(`/related-articles/curations/${ARTICLE}/${documentId}`)
      .set('Authorization', `Bearer ${this.admin}`)
      .send({ pins: [], exclusions: [], revision, ...body });
    this.succeeded(answer, `curate ${documentId}`);
  }

  /** Asks what the editor's panel asks when an entry is opened. */
  async opened(documentId: string): Promise<number> {
    const { status } = await this.running.http
      .post(`/related-articles/suggestions/${ARTICLE}`)
      .set('Authorization', `Bearer ${this.admin}`)
      .send({ documentId });
    return status;
  }

  /** Settings > Internationalization. */
  async settings(method: 'post' | 'delete', place: string, body: object = {}) {
    const answer = await this.running.http[method](`/i18n/${place}`)
      .set('Authorization', `Bearer ${this.admin}`)
      .send(body);
    return this.succeeded(answer, `${method} ${place}`);
  }

  /** A request of the content API. */
  async rest(method: 'post' | 'put' | 'delete', place: string, data?: object) {
    const answer = await this.running.http[method](`/api/${place}`)
      .set('Authorization', `Bearer ${this.token}`)
      .send(data ? { data } : undefined);
    return this.succeeded(answer, `${method} ${place}`);
  }

  private succeeded(answer: { status: number; text: string; body: unknown }, what: string) {
    if (answer.status >= 300) throw new Error(`${what}: ${answer.status} ${answer.text}`);
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever Strapi answers
    return answer.body as any;
  }

  async draft(data: object): Promise<string> {
    return (await this.articles.create({ data } as never)).documentId;
  }

  async published(data: object): Promise<string> {
    return (await this.articles.create({ data, status: 'published' } as never)).documentId;
  }

  /** An article published in English and German. */
  async bilingual(title: string): Promise<string> {
    const documentId = await this.published({ title, body: BREAD[1] });
    await this.articles.update({
      documentId,
      locale: 'de',
      data: { title: `${title} deutsch`, body: 'Sauerteig und Roggenmehl gehen in den Ofen' },
      status: 'published',
    } as never);
    return documentId;
  }

  /** The command line of the plugin or of Strapi, as a process of its own on the same database. */
  async command(name: 'related-articles' | 'strapi', ...args: string[]): Promise<string> {
    const env = {
      ...process.env,
      ...testEnvironment(this.running.folder),
      ...this.database.env,
      ...KEEP_BUILD,
      NODE_ENV: 'production',
      RELATED_ARTICLES_DIRECTORY: path.join(this.running.folder, 'index-of-commands'),
    };
    const bin = path.join(root, 'node_modules/.bin', name);
    const { stdout } = await run(bin, args, { cwd: root, env, maxBuffer: 1e8 });
    return stdout;
  }

  /** Locales and documentIds of entries with pins or exclusions. */
  async curated(): Promise<string[]> {
    const rows = await this.strapi.db.query('plugin::related-articles.curation').findMany({});
    return rows.map(({ sourceLocale, sourceId }) => `${sourceLocale} ${sourceId}`).sort();
  }

  /** Waits until everything written is in the index, after a check in case of writes outside Strapi. */
  async settled({ pastStrapi = false } = {}): Promise<void> {
    await this.running.settled();
    if (pastStrapi) await appOf(this.strapi).index.check('quick');
  }

  /** What the public gets for every published article in every locale, by documentId. */
  async served(): Promise<Record<string, string[]>> {
    const lists: Record<string, string[]> = {};
    const rows = await this.strapi.db
      .query(ARTICLE)
      .findMany({ select: ['documentId', 'locale'], where: { publishedAt: { $notNull: true } } });
    for (const { documentId, locale } of rows) {
      const { status, body } = await this.running.http.get(
        `/api/articles/${documentId}/related?locale=${locale}&minScore=0&pagination[limit]=100&fields=title`,
      );
      if (status !== 200) throw new Error(`${documentId} ${locale}: ${status}`);
      lists[`${ARTICLE} ${locale} ${documentId}`] = body.meta.related.map(
        (related: { documentId: string }) => related.documentId,
      );
    }
    return lists;
  }
}
