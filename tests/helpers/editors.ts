import type { FindSuggestionsRequest, FindSuggestionsResponse } from 'shared/contracts';

import { createAdministrator, type Running } from './strapi';

export const SEE = 'plugin::related-articles.suggestions.read';
export const CURATE = 'plugin::related-articles.curation.update';
const ARTICLE = 'api::article.article';

export interface Grant {
  action: string;
  subject?: string;
  fields?: string[];
  locales?: string[];
  conditions?: string[];
}

/** What a role may do with articles in the content manager. */
export const onArticles = (
  actions: string[],
  { fields = ['title', 'body', 'excerpt', 'slug', 'category', 'tags', 'date'], ...rest } = {} as {
    fields?: string[];
    locales?: string[];
    conditions?: string[];
  },
): Grant[] =>
  actions.map((action) => ({
    action: `plugin::content-manager.explorer.${action}`,
    subject: ARTICLE,
    fields,
    locales: ['en', 'de'],
    ...rest,
  }));

export const onCategories = (actions: string[]): Grant[] =>
  ['api::category.category', 'api::tag.tag'].flatMap((subject) =>
    actions.map((action) => ({
      action: `plugin::content-manager.explorer.${action}`,
      subject,
      fields: ['name', 'articles'],
      locales: ['en', 'de'],
    })),
  );

/** An author who may read and write only their own articles, and may curate them. */
export const authorGrants = (actions = ['read', 'create', 'update']): Grant[] => [
  ...onArticles(actions, { conditions: ['admin::is-creator'] }),
  ...onCategories(['read']),
  { action: SEE },
  { action: CURATE },
];

/** An administrator's session: sends requests as the admin panel does. */
export class Editor {
  private constructor(
    private readonly running: Running,
    readonly name: string,
    readonly id: number,
    private readonly token: string,
  ) {}

  /** @param grants Permissions of a role made for this editor. Default: a super admin. */
  static async create(running: Running, name: string, grants?: Grant[]): Promise<Editor> {
    const { strapi } = running;
    const role = grants
      ? await strapi.service('admin::role').create({ name: `Role of ${name}`, description: '' })
      : await strapi.service('admin::role').getSuperAdmin();
    if (grants) {
      await strapi.service('admin::role').assignPermissions(
        role.id,
        grants.map(({ action, subject = null, fields, locales, conditions = [] }) => ({
          action,
          subject,
          properties: { ...(fields && { fields }), ...(locales && { locales }) },
          conditions,
        })),
      );
    }
    const { id, token } = await createAdministrator(running, { name, role: role.id });
    return new Editor(running, name, id, token);
  }

  /** @param body As an object, or as JSON. */
  request(method: 'get' | 'post' | 'put' | 'delete', path: string, body?: object | string) {
    return this.running.http[method](path)
      .set('Authorization', `Bearer ${this.token}`)
      .type('json')
      .send(body);
  }

  /** The panel's list. */
  async list(body: FindSuggestionsRequest = {}, uid = ARTICLE): Promise<FindSuggestionsResponse> {
    const { status, body: answer } = await this.suggestions(body, uid);
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(answer)}`);
    return answer;
  }

  suggestions(body: object = {}, uid = ARTICLE) {
    return this.request('post', `/related-articles/suggestions/${uid}`, body);
  }

  curate(documentId: string, body: object, uid = ARTICLE) {
    return this.request('put', `/related-articles/curations/${uid}/${documentId}`, {
      pins: [],
      exclusions: [],
      revision: 0,
      ...body,
    });
  }

  revert(documentId: string, direction: 'undo' | 'redo') {
    const place = `/related-articles/curations/${ARTICLE}/${documentId}/${direction}`;
    return this.request('post', place, {});
  }

  curation(documentId: string) {
    return this.request('get', `/related-articles/curations/${ARTICLE}/${documentId}`);
  }

  card(documentId: string) {
    return this.request('get', `/related-articles/entries/${ARTICLE}/${documentId}`);
  }

  pin(source: string, documentId: string, locale?: string) {
    return this.request('post', `/related-articles/curations/${ARTICLE}/${source}/pins`, {
      documentId,
      locale,
    });
  }

  appearances(documentId: string, query = '') {
    return this.request('get', `/related-articles/appearances/${ARTICLE}/${documentId}${query}`);
  }

  events(documentId: string, query = '') {
    return this.request(
      'get',
      `/related-articles/curations/${ARTICLE}/${documentId}/events${query}`,
    );
  }

  entries(query: string) {
    return this.request('get', `/related-articles/entries/${ARTICLE}?${query}`);
  }
}
