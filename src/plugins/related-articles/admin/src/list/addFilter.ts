import { LIST_FILTER, OVERVIEW_LISTS } from '../../../shared/contracts';
import english from '../translations/en.json';
import { PLUGIN_ID } from '../pluginId';
import { openType } from './openType';
import { textOf } from './texts';

/** Strapi has it from 5.47 on. */
export const FILTER_HOOK = 'Admin/CM/pages/ListView/inject-in-filters';

interface Filters {
  displayedFilters: object[];
  layout: unknown;
}

/** Adds a filter to the content manager's list: what the overview knows of a configured type. */
export function addFilter({ displayedFilters, layout }: Filters): Filters {
  if (!openType()) return { displayedFilters, layout };
  const filter = {
    name: LIST_FILTER,
    type: 'enumeration',
    label: { id: `${PLUGIN_ID}.panel.title`, defaultMessage: english['panel.title'] },
    operators: [
      {
        label: { id: 'components.FilterOptions.FILTER_TYPES.$eq', defaultMessage: 'is' },
        value: '$eq',
      },
    ],
    // Strapi does not translate ids here.
    options: OVERVIEW_LISTS.filter((list) => list !== 'all').map((list) => ({
      label: textOf(`overview.list.${list}`),
      value: list,
    })),
  };
  return { displayedFilters: [...displayedFilters, filter], layout };
}
