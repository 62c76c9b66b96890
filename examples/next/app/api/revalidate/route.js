import { revalidatePath, revalidateTag } from 'next/cache';

import { tagOf } from '../../../lib/strapi';

/** Strapi's webhook for `related.changed`: it names the pages that say something else now, and those that are gone. */
export async function POST(request) {
  const secret = process.env.WEBHOOK_SECRET;
  if (!secret || request.headers.get('authorization') !== `Bearer ${secret}`) {
    return Response.json({ error: 'Unknown caller' }, { status: 401 });
  }
  const { event, entries, removed, isPartial } = await request.json();
  if (event !== 'related.changed') return Response.json({ revalidated: 0 });
  // More pages than are named may have changed.
  if (isPartial) revalidateTag('articles', { expire: 0 });
  const pages = [...entries, ...removed];
  for (const { slug } of pages) {
    revalidateTag(tagOf(slug), { expire: 0 });
    revalidatePath(`/articles/${slug}`);
  }
  return Response.json({ revalidated: pages.length });
}
