import type { ContentManagerPlugin } from '@strapi/content-manager/strapi-admin';
import { ChartBubble } from '@strapi/icons';
import type { StrapiApp } from '@strapi/strapi/admin';

import { CHANGE_SETTINGS, SEE_OVERVIEW } from './permissions';
import { Prefetch } from './panel/Prefetch';
import { addColumn, COLUMN_HOOK } from './list/addColumn';
import { addFilter, FILTER_HOOK } from './list/addFilter';
import { bulkActions } from './list/bulkActions';
import { prefetchTypes } from './list/prefetchTypes';
import { keepTexts } from './list/texts';
import { RelatedPanel } from './panel/RelatedPanel';
import { PLUGIN_ID } from './pluginId';
import { payAttention } from './shared/attention';
import { withWarnings } from './withdrawal/warned';
import english from './translations/en.json';

type Texts = Record<string, string>;

/** Loaded where they are used; what they lack is shown in English. */
const TRANSLATIONS: Record<string, () => Promise<{ default: Texts }>> = {
  de: () => import('./translations/de.json'),
  es: () => import('./translations/es.json'),
  fr: () => import('./translations/fr.json'),
};

export default {
  register(app: StrapiApp) {
    app.registerPlugin({ id: PLUGIN_ID, name: PLUGIN_ID });
    app.addMenuLink({
      to: `plugins/${PLUGIN_ID}`,
      icon: ChartBubble,
      intlLabel: { id: `${PLUGIN_ID}.panel.title`, defaultMessage: english['panel.title'] },
      // Strapi shows it to everybody who has one of these.
      permissions: [...SEE_OVERVIEW, ...CHANGE_SETTINGS],
      Component: async () => ({ default: (await import('./pages/Pages')).Pages }),
    });
    app.addMiddlewares([prefetchTypes as never]);
    // Strapi's homepage has widgets from 5.13 on.
    if ('widgets' in app) {
      app.widgets.register({
        id: 'overview',
        pluginId: PLUGIN_ID,
        icon: ChartBubble,
        title: { id: `${PLUGIN_ID}.panel.title`, defaultMessage: english['panel.title'] },
        link: {
          label: { id: `${PLUGIN_ID}.widget.open`, defaultMessage: english['widget.open'] },
          href: `/plugins/${PLUGIN_ID}`,
        },
        permissions: SEE_OVERVIEW,
        component: async () => (await import('./overview/Widget')).OverviewWidget,
      });
    }
  },
  bootstrap(app: StrapiApp) {
    payAttention();
    const contentManager = app.getPlugin('content-manager');
    contentManager.injectComponent('listView', 'actions', {
      name: 'related-articles-prefetch',
      Component: Prefetch,
    });
    const { apis } = contentManager as unknown as ContentManagerPlugin['config'];
    const { addBulkAction, addDocumentAction, addEditViewSidePanel } =
      apis as ContentManagerPlugin['config']['apis'];
    addEditViewSidePanel([RelatedPanel]);
    addDocumentAction(withWarnings);
    addBulkAction(bulkActions);
    for (const [hook, add] of [
      [COLUMN_HOOK, addColumn],
      [FILTER_HOOK, addFilter],
    ] as const) {
      try {
        app.registerHook(hook, add as never);
      } catch {
        // A release without that hook: its list stays as it is.
      }
    }
  },
  async registerTrads({ locales }: { locales: string[] }) {
    return Promise.all(
      locales.map(async (locale) => {
        // In English if they cannot be loaded: a rejection would keep the whole admin panel from starting.
        const translated = await TRANSLATIONS[locale]?.().catch(() => undefined);
        const texts = { ...english, ...translated?.default };
        if (translated) keepTexts(locale, texts);
        return { locale, data: prefixed(texts) };
      }),
    );
  },
};

function prefixed(texts: Texts): Texts {
  return Object.fromEntries(
    Object.entries(texts).map(([id, text]) => [`${PLUGIN_ID}.${id}`, text]),
  );
}
