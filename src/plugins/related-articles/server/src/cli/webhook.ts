import type { Core } from '@strapi/strapi';

import { appOf } from '../app';
import { allowEvent, RELATED_CHANGED } from '../revalidation/changed-event';
import { bootStrapi, endStrapi } from './boot';
import { CliError, printable } from './errors';

interface StoredWebhook {
  id: string;
  name: string;
  url: string;
  events: string[];
  headers?: Record<string, string>;
  isEnabled?: boolean;
}

/** The part of Strapi's own store that is used here. */
interface WebhookStore {
  addAllowedEvent(key: string, event: string): void;
  findWebhooks(): Promise<StoredWebhook[]>;
  updateWebhook(id: string, webhook: object): Promise<object>;
  createWebhook(webhook: object): Promise<object>;
  deleteWebhook(id: string): Promise<object>;
}

export const webhookStoreOf = (strapi: Core.Strapi): WebhookStore =>
  strapi.get('webhookStore') as unknown as WebhookStore;

export interface WebhookOptions {
  url: string;
  name: string;
  /** Sent along so that the receiver can tell who is calling: `Authorization: Bearer <secret>`. */
  secret?: string;
}

/** What fits into the column. */
const MAX_NAME = 255;
/** What a header can carry. */
const SECRET = /^[\x21-\x7e]{1,500}$/;

/** Creates a webhook for the event: the form under Settings → Webhooks offers only Strapi's own events. */
export async function addWebhook({ url, name, secret }: WebhookOptions): Promise<void> {
  if (!/^https?:\/\/[^/\s]/i.test(url) || !URL.canParse(url)) {
    throw new CliError(`--url: expected an address such as https://example.org/hook, got "${url}"`);
  }
  if (name.length > MAX_NAME) throw new CliError(`--name: expected at most ${MAX_NAME} characters, got ${name.length}`); // prettier-ignore
  const { username, password, href } = new URL(url);
  if (username || password) {
    throw new CliError('--url: expected an address without a user and password, because Node cannot send to one that has them. Use --secret.'); // prettier-ignore
  }
  if (secret !== undefined && !SECRET.test(secret)) {
    throw new CliError('--secret: expected 1 to 500 printable ASCII characters without spaces');
  }
  const strapi = await bootStrapi();
  try {
    const { changedEvent } = appOf(strapi).config;
    const store = webhookStoreOf(strapi);
    const headers = secret === undefined ? {} : { Authorization: `Bearer ${secret}` };
    // Strapi knows the event only if it is switched on, and refuses webhooks for unknown events.
    if (!changedEvent) allowEvent(strapi);
    const known = (await store.findWebhooks()).find((other) => isSame(other, href));
    if (known) {
      const isOther = secret !== undefined && known.headers?.Authorization !== headers.Authorization; // prettier-ignore
      if (isOther) await store.updateWebhook(known.id, { ...known, headers: { ...known.headers, ...headers } }); // prettier-ignore
      process.stdout.write(`This webhook already exists${isOther ? '; it has the new secret now' : ''}.\n`); // prettier-ignore
      if (known.isEnabled === false) {
        process.stdout.write('It is switched off: switch it on under Settings → Webhooks.\n');
      }
      return;
    }
    await store.createWebhook({ name, url, headers, events: [RELATED_CHANGED] });
    process.stdout.write(
      `Created "${printable(name)}". It gets the next event. You can switch it off under Settings → Webhooks.\n`,
    );
    if (!changedEvent) {
      process.stdout.write('The event is switched off in this configuration: set changedEvent: true.\n'); // prettier-ignore
    }
  } finally {
    await endStrapi(strapi);
  }
}

const isSame = (webhook: { url: string; events: string[] }, url: string): boolean =>
  URL.canParse(webhook.url) &&
  new URL(webhook.url).href === url &&
  webhook.events.includes(RELATED_CHANGED);
