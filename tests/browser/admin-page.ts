import path from 'node:path';
import axe from 'axe-core';
import type { Browser, Locator, Page } from 'playwright-core';

import { launch, openAdmin, type Account, type AdminOptions } from '../helpers/browser';
import { accountIn, Demo } from '../helpers/demo';
import { WORDS } from './words';

const IMAGES = path.resolve(__dirname, '../../docs/images');
const ARTICLE = 'api::article.article';
const LISTS = new RegExp(Object.values(WORDS).map(({ list }) => list).join('|')); // prettier-ignore

interface Grant {
  action: string;
  subject: string | null;
  properties: object;
  conditions: string[];
}

type Clip = { x: number; y: number; width: number; height: number };

/** The demo, with its editors. */
export class Office {
  private token?: string;
  private readonly pages: Page[] = [];

  private constructor(
    private readonly demo: Demo,
    private readonly browser: Browser,
    readonly chief: Account,
  ) {}

  static async open(): Promise<Office> {
    const demo = await Demo.create();
    const account = accountIn(await demo.start());
    return new Office(demo, await launch(), account);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.demo.remove();
  }

  get base(): string {
    return this.demo.base;
  }

  async desk(options: AdminOptions & { account?: Account } = {}): Promise<Desk> {
    const { account = this.chief, ...rest } = options;
    const page = await openAdmin(this.browser, this.base, account, rest);
    this.pages.push(page);
    return new Desk(this, page);
  }

  /** Undoes what a test that failed may have left: then the next one shows what it is about. */
  async tidy(): Promise<void> {
    const open = this.pages.filter((page) => !page.isClosed());
    await Promise.all(open.map((page) => page.unrouteAll({ behavior: 'ignoreErrors' })));
    await this.set({});
    await this.unpick();
    const { data } = await this.get('articles?fields=title&pagination[pageSize]=100');
    for (const { documentId } of data) await this.decide(documentId, { pins: [], exclusions: [], hidden: false }); // prettier-ignore
  }

  /** What a visitor gets: titles; a star marks pins. */
  async served(documentId: string): Promise<string[]> {
    const response = await fetch(`${this.base}/api/articles/${documentId}/related?fields=title`);
    if (response.status === 404) return ['not found'];
    const { data, meta } = await response.json();
    return data.map(
      ({ title }: { title: string }, at: number) =>
        `${meta.related[at].origin === 'pinned' ? '*' : ''}${title}`,
    );
  }

  async idOf(slug: string, locale = 'en'): Promise<string> {
    const response = await fetch(
      `${this.base}/api/articles?filters[slug]=${slug}&locale=${locale}&fields=title`,
    );
    const { data } = await response.json();
    return data[0].documentId;
  }

  /** Creates another administrator. */
  async hire(firstname: string, roleCode: string): Promise<Account> {
    const role = await this.roleOf(roleCode);
    const account = { email: `${firstname.toLowerCase()}@example.com`, password: 'Passw0rd!' };
    const invited = await this.ask('POST', 'users', {
      email: account.email,
      firstname,
      roles: [role],
    });
    await this.ask('POST', 'register', {
      registrationToken: invited.registrationToken,
      userInfo: { ...account, email: undefined, firstname },
    });
    return account;
  }

  /** Gives a role these actions of the plugin, besides its own. */
  async allow(roleCode: string, actions: string[]): Promise<void> {
    const place = `roles/${await this.roleOf(roleCode)}/permissions`;
    const all: Grant[] = await this.ask('GET', place);
    const others = all
      .filter(({ action }) => !action.startsWith('plugin::related-articles.'))
      .map(({ action, subject, properties, conditions }) => ({ action, subject, properties, conditions })); // prettier-ignore
    const added = actions.map((action) => ({ action, subject: null, properties: {}, conditions: [] })); // prettier-ignore
    await this.ask('PUT', place, { permissions: [...others, ...added] });
  }

  /** Publishes an article in English. */
  async publish(data: { title: string; excerpt: string }): Promise<void> {
    await this.ask('POST', `../content-manager/collection-types/${ARTICLE}/actions/publish`, data);
  }

  /** Publishes without their picks what is published with some. */
  async unpick(): Promise<void> {
    const { data } = await this.get('articles?filters[relatedArticles][id][$notNull]=true&fields=title'); // prettier-ignore
    for (const { documentId } of data) {
      const place = `../content-manager/collection-types/${ARTICLE}/${documentId}/actions/publish`;
      await this.ask('POST', place, { relatedArticles: { set: [] } });
    }
  }

  /** Decides about an English list, as another editor would. */
  async decide(
    documentId: string,
    decided: { pins: string[]; exclusions: string[]; hidden?: boolean },
  ): Promise<void> {
    const place = `../related-articles/curations/api::article.article/${documentId}`;
    const { revision } = await this.ask('GET', `${place}?locale=en`);
    await this.ask('PUT', place, { ...decided, revision, locale: 'en' });
  }

  /** Sets how the lists of articles are made. */
  async set(settings: object): Promise<void> {
    const place = '../related-articles/settings/api::article.article';
    const { revision } = await this.ask('GET', place);
    await this.ask('PUT', place, { settings, revision });
  }

  async get(place: string): Promise<{ data: { documentId: string }[] }> {
    return (await fetch(`${this.base}/api/${place}`)).json();
  }

  private async roleOf(code: string): Promise<number> {
    const roles: { id: number; code: string }[] = await this.ask('GET', 'roles');
    return (roles.find((role) => role.code === code) as { id: number }).id;
  }

  private async ask(method: string, place: string, body?: object) {
    this.token ??= (await this.request('POST', 'login', this.chief)).token;
    return this.request(method, place, body, this.token);
  }

  private async request(method: string, place: string, body?: object, token?: string) {
    const response = await fetch(`${this.base}/admin/${place}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: body && JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${place}: ${response.status} ${await response.text()}`);
    return (await response.json()).data;
  }
}

/** One editor's browser. */
export class Desk {
  constructor(
    private readonly office: Office,
    readonly page: Page,
  ) {}

  /** Takes effect with the next page that is opened. */
  async set(
    language: string,
    theme: 'light' | 'dark',
    size: { width: number; height: number },
  ): Promise<void> {
    await this.page.setViewportSize(size);
    await this.page.context().addInitScript(
      ([chosenLanguage, chosenTheme]) => {
        localStorage.setItem('strapi-admin-language', chosenLanguage);
        localStorage.setItem('STRAPI_THEME', chosenTheme);
      },
      [language, theme],
    );
  }

  /** @returns Its documentId. */
  async open(slug: string, locale = 'en'): Promise<string> {
    const documentId = await this.office.idOf(slug, locale);
    await this.openId(documentId, locale);
    return documentId;
  }

  async openId(documentId: string, locale = 'en'): Promise<void> {
    await this.page.goto(
      `${this.office.base}/admin/content-manager/collection-types/${ARTICLE}/${documentId}?plugins[i18n][locale]=${locale}`,
    );
    await this.page.getByRole('textbox').first().waitFor();
  }

  async openClone(documentId: string): Promise<void> {
    await this.page.goto(
      `${this.office.base}/admin/content-manager/collection-types/${ARTICLE}/clone/${documentId}`,
    );
    await this.page.getByRole('textbox').first().waitFor();
  }

  async openNew(locale = 'en'): Promise<void> {
    await this.page.goto(
      `${this.office.base}/admin/content-manager/collection-types/${ARTICLE}/create?plugins[i18n][locale]=${locale}`,
    );
    await this.page.getByRole('textbox').first().waitFor();
  }

  get panel(): Locator {
    return this.page.locator('aside').filter({ has: this.rows.first() });
  }

  get rows(): Locator {
    return this.page.getByRole('list', { name: LISTS }).locator(':scope > li');
  }

  /** Titles in the order shown, all read at one moment; a star marks pins. */
  shown(): Promise<string[]> {
    return this.rows.evaluateAll((rows) =>
      rows.map((row) => {
        const isPinned = row.querySelector('[aria-pressed=true]') !== null;
        return `${isPinned ? '*' : ''}${row.querySelector('[data-title]')?.textContent ?? ''}`;
      }),
    );
  }

  /** Waits until exactly this list is shown. */
  shows(list: string[]): Promise<string[]> {
    const wanted = JSON.stringify(list);
    return this.until((titles) => JSON.stringify(titles) === wanted, wanted);
  }

  /** Waits until the list shown passes the check. */
  async until(isSuch: (titles: string[]) => boolean, wanted = 'another'): Promise<string[]> {
    const end = Date.now() + 15_000;
    await this.lookAway();
    for (;;) {
      const titles = await this.shown().catch(() => []);
      if (isSuch(titles)) return titles;
      if (Date.now() > end) {
        throw new Error(`The list stays ${JSON.stringify(titles)}, and should be ${wanted}`);
      }
      await this.page.waitForTimeout(50);
    }
  }

  /** Moves the pointer away from the list, because rows stay in place under it. */
  async lookAway(): Promise<void> {
    await this.page.mouse.move(300, 5);
  }

  /** Opens the card of a suggestion. */
  async card(title: string): Promise<Locator> {
    await this.rows.getByRole('button', { name: title, exact: true }).click();
    const card = this.page.getByRole('dialog', { name: title });
    await card.getByRole('link', { name: /new tab|neuem Tab/ }).waitFor();
    return card;
  }

  /** Undoes the last change, by the button above the list. */
  async undo(): Promise<void> {
    await this.panel.getByRole('button', { name: 'Undo', exact: true }).first().click();
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }

  /** Chooses from the menu of a row. */
  async choose(title: string, action: string): Promise<void> {
    await this.button(`More actions: ${title}`).click();
    await this.page.getByRole('menuitem', { name: action }).click();
  }

  async says(text: string | RegExp): Promise<void> {
    await this.page.getByRole('status').getByText(text).waitFor();
  }

  async save(): Promise<void> {
    await this.page.getByRole('button', { name: 'Save', exact: true }).click();
    await this.page.getByText('Saved document').first().waitFor();
  }

  async publish(): Promise<void> {
    await this.page.getByRole('button', { name: 'Publish', exact: true }).click();
    await this.page.getByText('Published document').first().waitFor();
  }

  /** Serious and critical problems that axe finds in the panel. */
  async faults(): Promise<string[]> {
    await this.page.evaluate(axe.source);
    const panel = await this.rows.first().evaluateHandle((row) => row.closest('aside'));
    return panel.evaluate(async (element) => {
      const { axe: runner } = window as unknown as { axe: typeof axe };
      const { violations } = await runner.run(element as Element);
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
    });
  }

  /** The same for an element of the page. */
  async faultsIn(selector: string): Promise<string[]> {
    await this.page.evaluate(axe.source);
    return this.page.evaluate(async (within) => {
      const { axe: runner } = window as unknown as { axe: typeof axe };
      const { violations } = await runner.run(within);
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
    }, selector);
  }

  /** Takes a picture for the documentation if UPDATE_IMAGES is set. */
  async picture(name: string, clip?: Clip): Promise<void> {
    if (!process.env.UPDATE_IMAGES) return;
    // Notices that come and go.
    for (const notice of await this.page.getByText(/^(?:Saved|Published) document$/).all()) {
      await notice.waitFor({ state: 'hidden' }).catch(() => undefined);
    }
    await this.page.waitForTimeout(600);
    await this.page.screenshot({ path: path.join(IMAGES, `${name}.png`), clip });
  }
}
