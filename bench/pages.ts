import type { ArticleLine } from 'plugin/cli/articles-file';

/** How many documents are written at once. */
const PAGE = 500;

export function* pagesOf(articles: Iterable<ArticleLine>, size = PAGE): Generator<ArticleLine[]> {
  let page: ArticleLine[] = [];
  for (const article of articles) {
    page.push(article);
    if (page.length < size) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
