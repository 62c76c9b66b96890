import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Core } from '@strapi/strapi';

import { writeWhole } from '../config/output-file';
import { schemasIn } from '../config/private-attributes';
import { contentTypesOf, propose, type Proposal } from '../config/propose';
import { bootStrapi, endStrapi } from './boot';
import { CliError, refuse } from './errors';
import { addConfiguration } from './plugins-file';

/** If it exists, Strapi reads no other file. */
const JSON_FILE = path.join('config', 'plugins.json');

/** Proposes a configuration for the project in the current folder, says why, and writes it if the user agrees. */
export async function initProject({ yes }: { yes?: boolean }): Promise<void> {
  const proposal = await proposeFor();
  if (proposal.types.length === 0) {
    throw new CliError(
      `There is nothing to relate yet:\n${proposal.left.map(({ what, reason }) => `  ${what}: ${reason}`).join('\n')}`,
    );
  }
  const typescript = existsSync('tsconfig.json');
  if (existsSync(JSON_FILE)) {
    process.stdout.write(describe(proposal));
    const options = { 'related-articles': { enabled: true, config: { contentTypes: contentTypesOf(proposal) } } }; // prettier-ignore
    process.stdout.write(`This command does not write to ${JSON_FILE}. Put this into it:\n\n${JSON.stringify(options, null, 2)}\n`); // prettier-ignore
    return;
  }
  const file = ['plugins.ts', 'plugins.js']
    .map((name) => path.join('config', name))
    .find((name) => existsSync(name));
  const target = file ?? path.join('config', typescript ? 'plugins.ts' : 'plugins.js');
  const contentTypes = contentTypesOf(proposal);
  const textNow = () => (existsSync(target) ? readFileSync(target, 'utf8') : null);
  const text = textNow();
  const added = addConfiguration(text, contentTypes, target.endsWith('.ts'));

  process.stdout.write(describe(proposal));
  if (added === 'configured') {
    process.stdout.write(
      `${target} already configures the plugin, so nothing was written. Copy what you like from the proposal above.\n`,
    );
    return;
  }
  if (added === 'unclear') {
    const alone = addConfiguration(null, contentTypes, target.endsWith('.ts')) as { text: string };
    process.stdout.write(
      `This command does not understand what ${target} exports, so nothing was written. Put this into the file:\n\n${alone.text}`,
    );
    return;
  }
  if (!yes && !(await confirm(`Write this to ${target}?`))) {
    process.stdout.write('Nothing was written.\n');
    return;
  }
  if (textNow() !== text) {
    throw new CliError(`${target} has been changed since this command read it, so nothing was written. Run it again.`); // prettier-ignore
  }
  await writeWhole(target, added.text).catch(refuse);
  const [{ pluralName }] = proposal.types;
  process.stdout.write(
    `Written to ${target}. Check it, build and start, and give the role that reads your site "find" of Related-articles and of each type (Settings, Roles). The lists are then at /api/${pluralName}/:documentId/related.\n`,
  );
}

async function proposeFor(): Promise<Proposal> {
  const strapi = await bootStrapi();
  try {
    return propose(schemasIn(strapi), await mainFields(strapi));
  } finally {
    await endStrapi(strapi);
  }
}

/** Returns what the admin panel shows as an entry's title, by uid. */
async function mainFields(strapi: Core.Strapi): Promise<Record<string, string>> {
  const service = strapi.plugin('content-manager').service('content-types');
  const own = Object.values(strapi.contentTypes).filter(({ uid }) => uid.startsWith('api::'));
  const entries = own.map(async (contentType) => {
    const { settings } = await service.findConfiguration(contentType);
    return [contentType.uid, settings.mainField] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

function describe({ types, left }: Proposal): string {
  const lines: string[] = [];
  for (const { uid, guesses } of types) {
    lines.push(uid);
    const shown = guesses.map(({ option, value, reason }) => ({
      what: `${option}: ${typeof value === 'string' ? `'${value}'` : String(value)}`,
      reason,
    }));
    const width = Math.max(...shown.map(({ what }) => what.length)) + 3;
    lines.push(...shown.map(({ what, reason }) => `  ${what.padEnd(width)}${reason}`), '');
  }
  if (left.length > 0) {
    lines.push('left out');
    const width = Math.max(...left.map(({ what }) => what.length)) + 3;
    lines.push(...left.map(({ what, reason }) => `  ${what.padEnd(width)}${reason}`), '');
  }
  return `${lines.join('\n')}\n`;
}

async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    process.stdout.write(`${question} There is no terminal to confirm at. Use --yes.\n`);
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(?:es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
