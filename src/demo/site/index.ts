import type { Core } from '@strapi/strapi';
import type { Context, Next } from 'koa';

import { Content } from './content';
import { articlePage, categoryPage, frontPage, missingPage } from './pages';
import type { Language } from './words';

/** No script, no frame, nothing from elsewhere. */
const POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"; // prettier-ignore
/** What belongs to Strapi besides its plugins' own places. */
const STRAPIS = ['admin', 'api', 'uploads', 'graphql', 'mcp', '_health'];

/** Pages may have a dot in their slug. */
const isFile = (path: string): boolean =>
  /\.\w{1,5}$/.test(path) && !/^\/(?:articles|categories)\//.test(path);

/** The magazine as its readers see it: pages that the server makes, with one request each. */
export function serveSite(strapi: Core.Strapi): void {
  const content = new Content(strapi);
  const others = new Set([...STRAPIS, ...Object.keys(strapi.plugins)]);
  const isOthers = (path: string) => others.has(path.split('/')[1]) || isFile(path);
  strapi.server.use(async (ctx: Context, next: Next) => {
    if (!['GET', 'HEAD'].includes(ctx.method) || isOthers(ctx.path)) return next();
    const page = await answer(content, withoutSlashes(decoded(ctx.path)).split('\0').join(''));
    ctx.status = page.status;
    ctx.type = 'html';
    ctx.set('Content-Security-Policy', POLICY);
    ctx.set('X-Content-Type-Options', 'nosniff');
    ctx.body = page.body;
  });
}

/** Without those at the end. */
function withoutSlashes(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}

interface Answer {
  status: number;
  body: string;
}

async function answer(content: Content, path: string): Promise<Answer> {
  const found = (body: string): Answer => ({ status: 200, body });
  if (path === '/' || path === '/de') {
    const language = path === '/' ? 'en' : 'de';
    return found(frontPage(language, await content.newest(language), await content.categories(language))); // prettier-ignore
  }
  const [, kind, slug] = /^\/(articles|categories)\/([^/]+)$/.exec(path) ?? [];
  if (kind === 'articles') {
    const article = await content.article(slug);
    if (article) return found(await pageOf(content, article));
  }
  if (kind === 'categories') {
    const category = await content.category(slug);
    if (category) {
      const language = languageOf(category);
      const { documentId } = category;
      const articles = await content.newest(language, { category: { documentId } });
      const translation = await content.translation('category', documentId, otherOf(language));
      return found(categoryPage(category, articles, language, translation));
    }
  }
  const language = path.startsWith('/de/') ? 'de' : 'en';
  return { status: 404, body: missingPage(language, await content.meant(path, language)) };
}

async function pageOf(
  content: Content,
  article: Parameters<Content['related']>[0],
): Promise<string> {
  // prettier-ignore
  const language = languageOf(article);
  const [related, translation] = await Promise.all([
    content.related(article, language),
    content.translation('article', article.documentId, otherOf(language)),
  ]);
  return articlePage({ article, related, language, translation });
}

const languageOf = ({ locale }: { locale?: string }): Language => (locale === 'de' ? 'de' : 'en');
const otherOf = (language: Language): Language => (language === 'en' ? 'de' : 'en');

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
