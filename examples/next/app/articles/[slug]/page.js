import Link from 'next/link';
import { notFound } from 'next/navigation';

import { allArticles, article } from '../../../lib/strapi';

export async function generateStaticParams() {
  return (await allArticles()).map(({ slug }) => ({ slug }));
}

export default async function Page({ params }) {
  const found = await article(decodeURIComponent((await params).slug));
  if (!found) notFound();
  return (
    <main>
      <h1>{found.title}</h1>
      <p>{found.excerpt}</p>
      <pre style={{ whiteSpace: 'pre-wrap' }}>{found.body}</pre>
      {found.related.length > 0 && (
        <aside>
          <h2>Related articles</h2>
          <ul>
            {found.related.map(({ title, slug }) => (
              <li key={slug}>
                <Link href={`/articles/${slug}`}>{title}</Link>
              </li>
            ))}
          </ul>
        </aside>
      )}
    </main>
  );
}
