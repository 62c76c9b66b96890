import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Core } from '@strapi/strapi';

import { WEIGHTS_FILE } from '../config/weights-file';
import { PLUGIN_ID } from '../constants';
import { appOf } from '../app';
import { ChangeLog } from '../changes/change-log';
import { Home } from '../changes/home';
import { CHANGES, IMPORTS, INSTANCES, LEASES, SURVEYS } from '../changes/tables';
import { isSharedEngine, type SharedEngine } from '../engine/engine';
import { createEngine } from '../indexing/create-engine';
import { leaseOf } from '../indexing/shared/lease-name';
import { OtherSite, OtherWriters } from '../indexing/shared/other-writers';
import { removeSnapshots } from '../indexing/snapshot/snapshot-file';
import { RELATED_CHANGED } from '../revalidation/changed-event';
import { releaseTables } from '../content-types/kept-tables';
import { STORED } from '../content-types/stored';
import { bootStrapi, endStrapi } from './boot';
import { CliError } from './errors';
import { webhookStoreOf } from './webhook';

/** Where Strapi notes which models it has created tables for. */
const KNOWN_SCHEMA = 'strapi_database_schema';
const ACTION = `plugin::${PLUGIN_ID}.`;

/** Removes everything that the plugin stored in the database and on this disk. */
export async function uninstall({ yes }: { yes?: boolean }): Promise<void> {
  const strapi = await bootStrapi();
  const { snapshotDirectory: directory } = appOf(strapi).config.sync;
  const { root } = strapi.dirs.app;
  const folders = directory === false ? [] : [path.resolve(root, directory)];
  const tables = [
    ...STORED.map(({ uid }) => strapi.db.metadata.get(uid).tableName),
    CHANGES,
    IMPORTS,
    INSTANCES,
    LEASES,
    SURVEYS,
  ];
  try {
    const saved = folders.map((folder) => `the saved index in ${folder}`);
    const { config } = appOf(strapi);
    const cluster = config.engine.kind === 'opensearch' ? [`the indexes ${config.engine.indexPrefix}* in the search cluster`] : []; // prettier-ignore
    const what = [...tables, ...saved, ...cluster, WEIGHTS_FILE].join(', ');
    if (!yes) {
      process.stdout.write(
        `This would remove ${what}, and all permissions and webhooks of the plugin. It cannot be undone. Back up pins and exclusions with export-curations, stop all instances, and run the command again with --yes.\n`,
      );
      return;
    }
    await appOf(strapi).index.stop();
    // The plugin's own shutdown would write again, also if this ends half-way.
    strapi.plugin(PLUGIN_ID).destroy = async () => undefined;
    // First, because the cluster may be unreachable.
    await clearIndex(strapi);
    await removeGrants(strapi);
    await removeWebhooks(strapi);
    await releaseTables(strapi);
    await removeSettings(strapi);
    // Strapi creates tables only if its models differ from the noted ones: if this ends half-way, the next start
    // creates them again.
    await strapi.db.getConnection(KNOWN_SCHEMA).delete();
    process.stderr.write('Removing the tables. This waits for any process that still uses them.\n');
    for (const table of tables) await schemaOf(strapi).dropTableIfExists(table);
    for (const folder of folders) await unlessRefused(folder, () => removeSnapshots(folder));
    const weights = path.join(root, WEIGHTS_FILE);
    await unlessRefused(weights, () => rm(weights, { force: true }));
    process.stdout.write(
      `Removed: ${what}. Now take '${PLUGIN_ID}' out of config/plugins, the policy plugin::${PLUGIN_ID}.published-only out of all routes, and the package out of package.json.\n`,
    );
  } finally {
    await endStrapi(strapi);
  }
}

/** Names files that another user owns. Everything else is removed by then. */
async function unlessRefused(place: string, remove: () => Promise<void>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    process.stderr.write(`Remove ${place} yourself: ${(error as Error).message}\n`);
  }
}

/** @throws CliError if the index cannot be reached. */
async function clearIndex(strapi: Core.Strapi): Promise<void> {
  const { types, options, config } = appOf(strapi);
  // The app's own engine has closed its connections, so that it does not write again.
  const { engine, close } = createEngine(strapi, types, (uid) => options.of(uid).ranking, config);
  try {
    if (isSharedEngine(engine)) await checkOwner(strapi, engine);
    await engine.clear();
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`Nothing was removed, because the index cannot be reached: ${(error as Error).message}. To uninstall without removing the index, set engine.kind to "embedded" first.`); // prettier-ignore
  } finally {
    await close();
  }
}

/** @throws CliError if anybody writes to these indexes, such as production when this is a copy of it. */
async function checkOwner(strapi: Core.Strapi, engine: SharedEngine): Promise<void> {
  const database = await new ChangeLog(strapi.db).identity();
  const home = new Home(strapi.db, leaseOf(appOf(strapi).config));
  try {
    await new OtherWriters(home).checkUnused(engine, database);
  } catch (error) {
    if (!(error instanceof OtherSite)) throw error;
    throw new CliError('Nothing was removed: an instance that still runs, or another site, writes to the indexes with this prefix, or another site has made them. Stop all instances. To uninstall without removing indexes of another site, set engine.kind to "embedded" first.'); // prettier-ignore
  }
}

async function removeGrants(strapi: Core.Strapi): Promise<void> {
  const where = { action: { $startsWith: ACTION } };
  // Strapi itself lets super admins read everything that has a table.
  const subject = { subject: { $startsWith: ACTION } };
  await strapi.db.query('admin::permission').deleteMany({ where: subject });
  for (const uid of [
    'admin::permission',
    'admin::api-token-permission',
    'plugin::users-permissions.permission',
  ] as const) {
    if (uid in strapi.contentTypes) await strapi.db.query(uid as never).deleteMany({ where });
  }
}

/** Removes the plugin's webhooks, which hold secrets. Those with other events stay, without the plugin's. */
async function removeWebhooks(strapi: Core.Strapi): Promise<void> {
  const store = webhookStoreOf(strapi);
  for (const webhook of await store.findWebhooks()) {
    if (!webhook.events.includes(RELATED_CHANGED)) continue;
    const events = webhook.events.filter((event) => event !== RELATED_CHANGED);
    // Also events of a feature or plugin that is gone: otherwise, Strapi would not save the webhook.
    for (const event of events) store.addAllowedEvent(event, event);
    if (events.length === 0) await store.deleteWebhook(webhook.id);
    else await store.updateWebhook(webhook.id, { ...webhook, events });
  }
}

/** Removes the plugin's own settings, and how the content manager would show its tables. */
async function removeSettings(strapi: Core.Strapi): Promise<void> {
  const query = strapi.db.query('strapi::core-store' as never);
  const configuration = 'plugin_content_manager_configuration_content_types::';
  for (const key of [`plugin_${PLUGIN_ID}_`, `${configuration}plugin::${PLUGIN_ID}.`]) {
    await query.deleteMany({ where: { key: { $startsWith: key } } as never });
  }
}

function schemaOf(strapi: Core.Strapi) {
  return strapi.db.getSchemaConnection();
}
