import { unstable_useContentManagerContext as useContentManagerContext } from '@strapi/content-manager/strapi-admin';
import { useCallback } from 'react';

interface EditLayout {
  edit?: { metadatas?: Record<string, { label?: string } | undefined> };
}

/** Returns the form's label for an attribute. */
export type Labels = (attribute: string) => string;

export function useLabels(): Labels {
  const { layout } = useContentManagerContext() as { layout?: EditLayout };
  const metadatas = layout?.edit?.metadatas;
  return useCallback((attribute) => metadatas?.[attribute]?.label || attribute, [metadatas]);
}
