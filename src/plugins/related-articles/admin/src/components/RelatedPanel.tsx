import { useQueryParams, useRBAC } from '@strapi/strapi/admin';
import { useMatch } from 'react-router-dom';
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

  // There the form is that of another entry, and what it becomes is new.
  const isClone = useMatch('/content-manager/:collectionType/:slug/clone/:origin') !== null;

  const watched = types?.[model];
  // Not one of the configured types, or not for this editor: no panel rather than an empty one.
  if (!watched || !isCollection || !allowedActions.canRead) return null;
  const locale = query.plugins?.i18n?.locale;
  const status = activeTab === 'published' ? 'published' : 'draft';
  const id = isClone ? undefined : documentId;
  return {
    title: format('panel.title'),
    content: (
      <PanelContent
        key={`${model} ${id} ${locale} ${status}`}
        uid={model}
        documentId={id}
        locale={locale}
        status={status}
        isSaved={Boolean(document?.documentId) && !isClone}
        version={`${document?.documentId} ${document?.updatedAt} ${document?.status}`}
        watched={watched}
      />
    ),
  };
};
