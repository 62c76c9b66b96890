import { appOf } from '../app';
import { RELATED_CHANGED } from '../revalidation/changed-event';
import { bootStrapi, endStrapi } from './boot';
import { CliError } from './errors';

/** Strapi's own store, as far as it is used here. */
interface WebhookStore {
  findWebhooks(): Promise<{ name: string; url: string; events: string[] }[]>;
  createWebhook(webhook: object): Promise<object>;
}

/** Makes a webhook for the event: the form under Settings → Webhooks offers Strapi's own events alone. */
export async function addWebhook({ url, name }: { url: string; name: string }): Promise<void> {
  if (!/^https?:\/\/[^/\s]/i.test(url) || !URL.canParse(url)) {
    throw new CliError(`--url: expected an address such as https://example.org/hook, got "${url}"`);
  }
  const { username, password, href } = new URL(url);
  if (username || password) {
    throw new CliError('--url: expected an address without a user and password, which Node cannot send to. Put them into a header under Settings → Webhooks.'); // prettier-ignore
  }
  const strapi = await bootStrapi();
  try {
    if (!appOf(strapi).config.changedEvent) {
      throw new CliError(`The event is switched off. Set changedEvent: true in config/plugins.`);
    }
    const store = strapi.get('webhookStore') as unknown as WebhookStore;
    if ((await store.findWebhooks()).some((other) => isSame(other, href))) {
      process.stdout.write(`There is such a webhook already.\n`);
      return;
    }
    await store.createWebhook({ name, url, headers: {}, events: [RELATED_CHANGED] });
    process.stdout.write(
      `Made "${name}". Running instances send to it after their next start. Its headers, and whether it is on: Settings → Webhooks.\n`,
    );
  } finally {
    await endStrapi(strapi);
  }
}

const isSame = (webhook: { url: string; events: string[] }, url: string): boolean =>
  URL.canParse(webhook.url) &&
  new URL(webhook.url).href === url &&
  webhook.events.includes(RELATED_CHANGED);
