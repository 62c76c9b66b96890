import { useQueryParams, useRBAC } from '@strapi/strapi/admin';
import type { PanelComponent } from '@strapi/content-manager/strapi-admin';

import { SEE } from '../permissions';
import { useFindRelatedTypesQuery } from '../services/api';
import { useFormat } from '../utils/format';
import { PanelContent } from './PanelContent';

interface LocaleQuery {
  plugins?: { i18n?: { locale?: string } };
}

/** In the side of an entry's edit view: what readers are offered next to it. */
export const RelatedPanel: PanelComponent = ({
  model,
  documentId,
  document,
  activeTab,
  collectionType,
}) => {
  const format = useFormat();
  const [{ query }] = useQueryParams<LocaleQuery>();
  const { allowedActions } = useRBAC(SEE);
  const isCollection = collectionType === 'collection-types';
  const { data: types } = useFindRelatedTypesQuery(undefined, {
    skip: !isCollection || !allowedActions.canRead,
  });

  const watched = types?.[model];
  // Not one of the configured types, or not for this editor: no panel rather than an empty one.
  if (!watched || !isCollection || !allowedActions.canRead) return null;
  return {
    title: format('panel.title'),
    content: (
      <PanelContent
        uid={model}
        documentId={documentId}
        locale={query.plugins?.i18n?.locale}
        status={activeTab === 'published' ? 'published' : 'draft'}
        isSaved={Boolean(document?.documentId)}
        version={`${document?.documentId} ${document?.updatedAt} ${document?.status}`}
        watched={watched}
      />
    ),
  };
};
