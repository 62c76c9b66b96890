import english from '../translations/en.json';
import { PLUGIN_ID } from '../pluginId';
import { ListCell } from './ListCell';
import { openType } from './openType';

export const COLUMN_HOOK = 'Admin/CM/pages/ListView/inject-column-in-table';

interface Row {
  documentId: string;
  locale?: string | null;
}

interface Headers {
  displayedHeaders: { name?: string }[];
  layout: { settings?: { mainField?: string } } | undefined;
}

/** Adds a column to the content manager's list of a configured type. */
export function addColumn({ displayedHeaders, layout }: Headers): Headers {
  const uid = openType();
  if (!uid) return { displayedHeaders, layout };
  const column = {
    attribute: { type: 'custom' },
    name: 'relatedArticles',
    label: { id: `${PLUGIN_ID}.column.title`, defaultMessage: english['column.title'] },
    searchable: false,
    sortable: false,
    cellFormatter: ({ documentId, locale = null }: Row) => (
      <ListCell uid={uid} documentId={documentId} locale={locale} />
    ),
  };
  // Next to the title: at the end it would be out of sight on most screens.
  const at = displayedHeaders.findIndex(({ name }) => name === layout?.settings?.mainField) + 1;
  const place = at > 0 ? at : displayedHeaders.length;
  const headers = [...displayedHeaders.slice(0, place), column, ...displayedHeaders.slice(place)];
  return { displayedHeaders: headers, layout };
}
