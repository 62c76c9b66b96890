/* Compiled by tests/unit/types.test.ts: what a frontend in TypeScript gets. */
import type { RelatedMeta, RelatedResponse } from 'plugin/index';

interface Article {
  documentId: string;
  title: string;
}

export function titles({ data, meta }: RelatedResponse<Article>): string[] {
  const pinned = meta.related.filter(({ origin }: RelatedMeta) => origin === 'pinned');
  // @ts-expect-error -- not an attribute of the site's article
  const wrong = data.map(({ titel }) => titel);
  // @ts-expect-error -- an origin that there is not
  const none = meta.related.filter(({ origin }) => origin === 'guessed');
  return [...data.map(({ title }) => title), `${pinned.length} ${wrong.length} ${none.length}`];
}
