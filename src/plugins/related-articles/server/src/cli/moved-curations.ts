import type { Core } from '@strapi/strapi';

import type { SiteSettings } from '../../../shared/settings';
import { appOf } from '../app';
import { defaultLocaleOf } from '../content/default-locale';
import { CURATION, CURATION_EVENT, sourceOf, toCuration, type CurationSource } from '../curations/curation'; // prettier-ignore
import { claimCuration, CurationRepository } from '../curations/curation-repository';
import { SETTING, toSetting } from '../settings/setting';
import { allOrNothing, allRows, say, warn, withProject } from './curation-rows';
import { CliError } from './errors';
import { followed, warnOfMissing } from './followed-lists';
import { typeOf } from './import';
import { warnOfUnfitting } from './settings-lines';

/** Moves curations and settings to a content type that was renamed. */
export async function moveCurations({ from, to }: { from: string; to: string }): Promise<void> {
  if (from === to) throw new CliError('--to: expected another content type than --from');
  await withProject(async (strapi) => {
    const type = typeOf(appOf(strapi).types, to, '--to');
    if (from in strapi.contentTypes) {
      throw new CliError(`--from: "${from}" is a content type of this project. Only curations of a type that no longer exists can be moved`); // prettier-ignore
    }
    const defaultLocale = await defaultLocaleOf(strapi);
    const movedTo = ({ sourceId, sourceLocale }: CurationSource) =>
      followed({ sourceType: to, sourceId, sourceLocale }, type, defaultLocale);
    const moved = await allOrNothing(strapi, async () => {
      const all = (await allRows(strapi, CURATION.uid, { sourceType: from })).map(toCuration);
      const query = strapi.db.query(CURATION_EVENT.uid);
      let events = 0;
      const moveEvents = async (where: object, data: object) => {
        const { count } = await query.updateMany({ where: { sourceType: from, ...where }, data });
        events += Number(count);
      };
      for (const locale of ['', defaultLocale ?? '']) {
        const { sourceLocale } = movedTo(sourceOf(from, '', locale));
        await moveEvents({ sourceLocale: locale }, { sourceType: to, sourceLocale });
      }
      await moveEvents({}, { sourceType: to });
      const repository = new CurationRepository(strapi);
      let [joined, leftOut] = [0, 0];
      for (const curation of all) {
        await claimCuration(strapi, curation);
        const count = await repository.relocate(curation, movedTo(curation));
        if (count === null) continue;
        joined += 1;
        leftOut += count;
      }
      const settings = await moveSettings(strapi, from, to);
      return { curations: all.map(movedTo), events, joined, leftOut, settings };
    });
    if (moved.curations.length + moved.events === 0 && !moved.settings) {
      throw new CliError(`--from: "${from}" has no curations and no settings.`);
    }
    const settings = moved.settings ? ', and its settings' : '';
    say(
      `${moved.curations.length} curations and ${moved.events} events moved from ${from} to ${to}${settings}`,
    );
    if (moved.joined > 0) {
      say(`${moved.joined} of them belong to entries that already had a curation: the moved pins and exclusions come after the existing ones`); // prettier-ignore
    }
    if (moved.leftOut > 0) warn(`${moved.leftOut} pins and exclusions did not fit and were left out. The history still has them`); // prettier-ignore
    await warnOfMissing(strapi, type, moved.curations);
    if (moved.settings) warnOfUnfitting(type, moved.settings);
  });
}

/** @returns The settings that were moved; `null` for none. */
async function moveSettings(
  strapi: Core.Strapi,
  from: string,
  to: string,
): Promise<SiteSettings | null> {
  const query = strapi.db.query(SETTING.uid);
  const row = await query.findOne({ where: { targetType: from } });
  if (!row) return null;
  if (await query.findOne({ where: { targetType: to } })) {
    throw new CliError(
      `${to} and ${from} both have settings. Nothing was moved: first remove one of the two from the table related_articles_settings.`,
    );
  }
  await query.update({ where: { id: row.id }, data: { targetType: to } });
  return toSetting(row).settings;
}

/** Returns the content types that have settings but are not configured. */
export async function orphanedSettings(strapi: Core.Strapi): Promise<string[]> {
  const rows = (await allRows(strapi, SETTING.uid)).map(toSetting);
  return rows.map(({ uid }) => uid).filter((uid) => !appOf(strapi).types.has(uid));
}

/** Returns the content types that have curations but are not configured, and how many. */
export async function orphanedCurations(strapi: Core.Strapi): Promise<Map<string, number>> {
  const configured = appOf(strapi).types;
  const orphans = new Map<string, number>();
  for (const { sourceType } of (await allRows(strapi, CURATION.uid)).map(toCuration)) {
    if (!configured.has(sourceType)) orphans.set(sourceType, (orphans.get(sourceType) ?? 0) + 1);
  }
  return orphans;
}
