import type { Collection } from '../engine';
import { randomName } from './published-counts';
import { SearchFailure, type SearchClient } from './client';
import { documentIndex, indexNameOf, isOurs, type IndexSettings } from './mapping';
import { uuidOf } from './presence';

/** The indexes that this plugin makes in the cluster. */
export class OwnIndexes {
  constructor(
    private readonly client: SearchClient,
    private readonly settings: IndexSettings,
  ) {}

  async list(): Promise<string[]> {
    const { prefix } = this.settings;
    const found = await this.client.request<Record<string, { mappings?: { _meta?: object } }>>({
      method: 'GET',
      path: `/${prefix}*/_mapping`,
      query: { expand_wildcards: 'open', filter_path: '*.mappings._meta' },
    });
    const isOwn = ([name, { mappings }]: [string, { mappings?: { _meta?: object } }]) =>
      name.startsWith(prefix) && isOurs(mappings?._meta, this.settings);
    return Object.entries(found)
      .filter(isOwn)
      .map(([name]) => name);
  }

  async create(collection: Collection): Promise<{ index: string; uuid?: string }> {
    const index = indexNameOf(this.settings, collection, randomName());
    await this.client.request({ method: 'PUT', path: `/${index}`, body: documentIndex(this.settings, index) }); // prettier-ignore
    return { index, uuid: await uuidOf(this.client, index) };
  }

  async drop(name: string): Promise<void> {
    try {
      await this.client.request({ method: 'DELETE', path: `/${name}` });
    } catch (error) {
      if (!(error instanceof SearchFailure && error.isNotFound)) throw error;
    }
  }
}
