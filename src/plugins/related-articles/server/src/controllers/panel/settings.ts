import type { Core, UID } from '@strapi/strapi';
import { errors } from '@strapi/utils';
import type { Context } from 'koa';

import type {
  FindSettingsResponse,
  FindSettingTypesResponse,
  PreviewResponse,
  SiteSettings,
  TuneResponse,
} from '../../../../shared/settings';
import { appOf } from '../../app';
import type { RelatedType } from '../../config/resolve';
import { editorVisibility } from '../../permissions/visibility';
import { SettingsConflict } from '../../settings/settings-repository';
import { settingMistakes } from '../../settings/settings-schema';
import { AdminRateLimiter, editorOf, permissionsOf, typeIn } from './editing';
import { localeQuery, parse, previewBody, settingsBody, tuneBody } from './panel-body';

/** A preview makes hundreds of lists, and fitting weights many times as many. */
const PREVIEW_POINTS = 5;
const TUNING_POINTS = 40;

/** For the admin panel: what a site has set for each content type. */
export default ({ strapi }: { strapi: Core.Strapi }) => {
  const limiter = new AdminRateLimiter(appOf(strapi).config.limits.panelRequestsPerMinute);
  /** The fit that is running: one at a time, because it keeps the process busy. */
  let tuning: Promise<unknown> | null = null;

  async function respond(ctx: Context, type: RelatedType, locale: string | undefined) {
    const known = await appOf(strapi).panel.localeOf(type, locale);
    return { data: await appOf(strapi).siteSettings.find(permissionsOf(strapi, ctx), type, known) };
  }

  return {
    /** `GET /related-articles/settings` */
    async findTypes(ctx: Context): Promise<FindSettingTypesResponse> {
      await limiter.consume(ctx);
      const permissions = permissionsOf(strapi, ctx);
      const locales: { code: string }[] = await strapi.plugin('i18n').service('locales').find();
      const first: string = await strapi.plugin('i18n').service('locales').getDefaultLocale();
      const codes = locales.map(({ code }) => code).sort((a, b) => Number(b === first) - Number(a === first)); // prettier-ignore
      const readable = [...appOf(strapi).types.values()].filter(({ uid }) => permissions.mayRead(uid)); // prettier-ignore
      return {
        data: readable.map(({ uid, localized }) => ({
          uid,
          name: strapi.contentType(uid as UID.ContentType).info.displayName,
          locales: localized ? codes : [],
        })),
      };
    },

    /** `GET /related-articles/settings/:uid` */
    async find(ctx: Context): Promise<FindSettingsResponse> {
      await limiter.consume(ctx);
      const { locale } = parse(localeQuery, ctx.query);
      return respond(ctx, readableType(ctx), locale);
    },

    /** `PUT /related-articles/settings/:uid` */
    async update(ctx: Context): Promise<FindSettingsResponse> {
      await limiter.consume(ctx);
      const type = readableType(ctx);
      const { settings, revision, before } = parse(settingsBody, ctx.request.body);
      check(strapi, type, settings);
      try {
        const by = { seen: revision, before, editor: editorOf(ctx).name };
        await appOf(strapi).siteSettings.save(type, settings, by);
      } catch (error) {
        if (!(error instanceof SettingsConflict)) throw error;
        const [{ editor = null, at = null } = {}] = error.current.history;
        const details = { revision: error.current.revision, editor, updatedAt: at };
        ctx.conflict('Somebody else has changed these settings', details);
        return undefined as never;
      }
      return respond(ctx, type, undefined);
    },

    /** `POST /related-articles/settings/:uid/preview` */
    async preview(ctx: Context): Promise<PreviewResponse> {
      await limiter.consume(ctx, PREVIEW_POINTS);
      const type = readableType(ctx);
      const { settings, documentIds, locale } = parse(previewBody, ctx.request.body);
      check(strapi, type, settings);
      const known = await appOf(strapi).panel.localeOf(type, locale);
      const permissions = permissionsOf(strapi, ctx);
      const asked = { settings, documentIds };
      return { data: await appOf(strapi).siteSettings.preview(permissions, type, known, asked) };
    },

    /** `POST /related-articles/settings/:uid/tuning` */
    async tune(ctx: Context): Promise<TuneResponse> {
      await limiter.consume(ctx, TUNING_POINTS);
      const type = readableType(ctx);
      const { locale } = parse(tuneBody, ctx.request.body);
      const known = await appOf(strapi).panel.localeOf(type, locale);
      const visibility = await editorVisibility(permissionsOf(strapi, ctx), type, known);
      // Fitting uses what others have pinned, and shows how much of it there is.
      if (!visibility.readsAllEntries || !visibility.readsAllFields) throw new errors.ForbiddenError('To fit weights, you need to be able to read all entries and fields'); // prettier-ignore
      if (tuning) throw new errors.RateLimitError('Weights are already being fitted; wait a moment'); // prettier-ignore
      const work = appOf(strapi).siteSettings.tune(type, known);
      tuning = work;
      try {
        return { data: await work };
      } finally {
        tuning = null;
      }
    },
  };

  /** Returns the route's type, and reveals nothing of its lists to an editor who may not read it. */
  function readableType(ctx: Context): RelatedType {
    const type = typeIn(strapi, ctx);
    if (!permissionsOf(strapi, ctx).mayRead(type.uid)) throw new errors.ForbiddenError();
    return type;
  }
};

/** @throws ValidationError (400) that names what does not fit the type, or the rules in the configuration file. */
function check(strapi: Core.Strapi, type: RelatedType, settings: SiteSettings): void {
  const { options, siteSettings } = appOf(strapi);
  // Ignore rules that the configuration file fixes: they cannot be changed here.
  const rules = options.free(type.uid, settings.rules);
  const { same = [], different = [] } = options.defaultsOf(type.uid).rules;
  const asked = { ...settings, rules: rules && { same, different, ...rules } };
  const [mistake] = settingMistakes(type, asked, siteSettings.current(type));
  if (mistake) throw new errors.ValidationError(mistake);
}
