import { useQueryParams } from '@strapi/strapi/admin';
import { useMatch } from 'react-router-dom';
import type { PanelComponent } from '@strapi/content-manager/strapi-admin';

import { useFirstList } from './useFirstList';
import { useTypes } from './useTypes';
import { useMaySee } from '../permissions';
import { useFormat } from '../shared/format';
import { Guarded } from './Guarded';
import { PanelContent } from './PanelContent';

interface LocaleQuery {
  plugins?: { i18n?: { locale?: string } };
}

/** The panel next to an entry's edit view: what readers are offered with the entry. */
export const RelatedPanel: PanelComponent = ({
  model,
  documentId,
  document,
  activeTab,
  collectionType,
}) => {
  const format = useFormat();
  const [{ query }] = useQueryParams<LocaleQuery>();
  const isCollection = collectionType === 'collection-types';
  const maySee = useMaySee() && isCollection;
  const types = useTypes(maySee);

  // On this page, the form holds another entry's values, and saving it creates a new entry.
  const clone = useMatch('/content-manager/:collectionType/:slug/clone/:origin');
  const isClone = clone !== null;

  const watched = types?.[model];
  // Strapi's addresses also name a locale for types without any.
  const locale = watched?.isLocalized === false ? undefined : query.plugins?.i18n?.locale;
  const status = activeTab === 'published' ? 'published' : 'draft';
  const id = isClone ? undefined : documentId;
  const hasPanel = maySee && watched !== undefined;
  const firstList = useFirstList(model, { documentId: id, locale, status }, hasPanel);
  // Not one of the configured types, or not for this editor: no panel rather than an empty one.
  if (!hasPanel) return null;
  return {
    title: format('panel.title'),
    content: (
      <Guarded key={`${model} ${id} ${clone?.params.origin} ${locale} ${status}`}>
        <PanelContent
          uid={model}
          documentId={id}
          locale={locale}
          status={status}
          isSaved={Boolean(document?.documentId) && !isClone}
          copyOf={clone?.params.origin}
          version={`${document?.documentId} ${document?.updatedAt} ${document?.status}`}
          watched={watched}
          firstList={firstList}
        />
      </Guarded>
    ),
  };
};
