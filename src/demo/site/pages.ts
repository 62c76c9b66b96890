import MarkdownIt from 'markdown-it';

import type { Article, Category, Suggestion } from './content';
import { Html, html, layout } from './layout';
import { WORDS, type Language, type Words } from './words';

const markdown = new MarkdownIt({ html: false, linkify: false });

const addressOf = ({ slug }: { slug: string }): string => `/articles/${encodeURIComponent(slug)}`;

export function frontPage(language: Language, articles: Article[], categories: Category[]): string {
  const words = WORDS[language];
  const [first, ...others] = articles;
  return layout({
    title: words.name,
    language,
    other: language === 'en' ? '/de' : '/',
    body: html`${first && lead(first)}
<nav aria-label="${words.categories}"><ul class="subjects">${categories.map(({ slug, name }) => html`<li><a href="/categories/${encodeURIComponent(slug)}">${name}</a></li>`)}</ul></nav>
<h2>${words.newest}</h2>${grid(others, 3)}`,
  }); // prettier-ignore
}

const lead = (article: Article): Html => html`<article class="lead"><a href="${addressOf(article)}" tabindex="-1" aria-hidden="true">${picture(article, 'large')}</a>
<a href="${addressOf(article)}"><p class="about">${article.category?.name}</p><h1>${article.title}</h1><p class="excerpt">${teaser(article.excerpt)}</p></a></article>`; // prettier-ignore

/** @param level Of the headings: one below what stands above. */
const grid = (articles: readonly Article[], level: 2 | 3): Html => html`<ul class="grid">${articles.map(
  (article) => html`<li><a href="${addressOf(article)}">${picture(article, 'small')}${new Html(`<h${level}>`)}${article.title}${new Html(`</h${level}>`)}<p>${teaser(article.excerpt)}</p></a></li>`,
)}</ul>`; // prettier-ignore

/** With its size, so that nothing moves when it comes. */
function picture({ cover }: Article, size: 'small' | 'large'): Html | null {
  if (!cover) return null;
  const { url, width, height } = cover.formats?.[size] ?? cover;
  return html`<img src="${url}" width="${width}" height="${height}" alt="" ${new Html(size === 'small' ? 'loading="lazy"' : 'fetchpriority="high"')}>`; // prettier-ignore
}

interface ArticlePage {
  article: Article;
  related: readonly Suggestion[];
  language: Language;
  /** Where the article is in the other language; `null` where it is not. */
  translation: string | null;
}

const teaser = (excerpt?: string) => excerpt?.slice(0, 500);

/** Longer ones are cut: some texts of that length take the parser seconds. */
const MAX_BODY = 50_000;

export function articlePage({ article, related, language, translation }: ArticlePage): string {
  const words = WORDS[language];
  const { category, title, excerpt, body, date } = article;
  const written = date && new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(date)); // prettier-ignore
  return layout({
    title,
    language,
    other: translation ? addressOf({ slug: translation }) : language === 'en' ? '/de' : '/',
    body: html`<div class="read"><article>
<p class="about">${category && html`<a href="/categories/${encodeURIComponent(category.slug)}">${category.name}</a>`}${category && written && ' · '}${written && html`<time datetime="${new Date(date).toISOString()}">${written}</time>`}</p>
<h1>${title}</h1><p class="excerpt">${teaser(excerpt)}</p>${picture(article, 'large')}
<div class="text">${new Html(markdown.render((body ?? '').slice(0, MAX_BODY)))}</div></article>
${related.length > 0 && html`<aside aria-labelledby="related"><h2 id="related">${words.related}</h2>
<ol>${related.map((one) => html`<li><a href="${addressOf(one)}">${one.title}</a><span class="small">${one.category?.name}</span></li>`)}</ol>
<details><summary class="small">${words.why}</summary><dl>${related.map((one) => html`<dt>${one.title}</dt><dd>${reasonsOf(one, words)}</dd>`)}</dl></details></aside>`}</div>`,
  }); // prettier-ignore
}

/** Why it is there, in what the two have in common. */
function reasonsOf({ __related: { origin, explanation } }: Suggestion, words: Words): Html[] {
  const line = (text: string): Html => html`<span>${text}</span>`;
  if (origin === 'pinned' || origin === 'picked') return [line(words.pinned)];
  if (origin === 'fallback' || !explanation) return [line(words.filled)];
  const { terms, taxonomy, links } = explanation;
  const names = Object.values(taxonomy).flat();
  return [
    terms.length > 0 && `${words.words}: ${terms.slice(0, 6).join(', ')}`,
    names.length > 0 && `${words.subjects}: ${names.join(', ')}`,
    links.toSuggestion && words.linksTo,
    links.fromSuggestion && words.linksFrom,
  ]
    .filter((text): text is string => typeof text === 'string')
    .map(line);
}

export function categoryPage(
  { name, description }: Category,
  articles: Article[],
  language: Language,
  translation: string | null,
): string {
  const other = translation ? `/categories/${encodeURIComponent(translation)}` : language === 'en' ? '/de' : '/'; // prettier-ignore
  return layout({
    title: name,
    language,
    other,
    body: html`<h1>${name}</h1>
      <p class="excerpt">${description}</p>
      ${grid(articles, 2)}`,
  });
}

export function missingPage(language: Language, meant: readonly Article[]): string {
  const words = WORDS[language];
  return layout({
    title: words.missing,
    language,
    other: language === 'en' ? '/de' : '/',
    body: html`<h1>${words.missing}</h1>${meant.length > 0 && html`<p class="excerpt">${words.meant}</p>${grid(meant, 2)}`}
<p class="text"><a href="${language === 'en' ? '/' : '/de'}">${words.home}</a></p>`,
  }); // prettier-ignore
}
