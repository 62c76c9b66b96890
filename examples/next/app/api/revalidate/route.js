import { revalidatePath, revalidateTag } from 'next/cache';

import { tagOf } from '../../../lib/strapi';

/** Strapi's webhook for `related.changed`: these pages show other lists now. */
export async function POST(request) {
  const secret = process.env.WEBHOOK_SECRET;
  if (!secret || request.headers.get('authorization') !== `Bearer ${secret}`) {
    return Response.json({ error: 'Unknown caller' }, { status: 401 });
  }
  const { event, entries, isPartial } = await request.json();
  if (event !== 'related.changed') return Response.json({ revalidated: 0 });
  // Lists of more articles than are named may have changed.
  if (isPartial) revalidateTag('articles', { expire: 0 });
  for (const { slug } of entries) {
    revalidateTag(tagOf(slug), { expire: 0 });
    revalidatePath(`/articles/${slug}`);
  }
  return Response.json({ revalidated: entries.length });
}
