import type { Context } from 'koa';

import type { App } from '../../app';
import type { RelatedType } from '../../config/resolve';
import type { Source } from '../../services/suggestions';

/** Finds the entry that a documentId or slug of a request stands for, if its sender may read it. */
export function callerSource(
  { suggestions, accessTo }: App,
  ctx: Context,
  type: RelatedType,
  reference: string,
  asked: { locale: string | undefined; status: Source['status'] },
): Promise<Source | null> {
  const access = accessTo(type);
  return suggestions.findSource(type, reference, asked, ({ source, slug }) =>
    access.has(ctx, source.documentId, source, slug),
  );
}
