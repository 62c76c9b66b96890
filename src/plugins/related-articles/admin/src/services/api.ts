import { adminApi } from '@strapi/strapi/admin';

import type { FindSuggestionsRequest, FindSuggestionsResponse } from '../../../shared/contracts';

const api = adminApi.enhanceEndpoints({ addTagTypes: ['Document'] }).injectEndpoints({
  endpoints: (build) => ({
    findSuggestions: build.query<FindSuggestionsResponse, FindSuggestionsRequest>({
      query: ({ uid, documentId, locale }) => ({
        url: `/related-articles/suggestions/${uid}/${documentId}`,
        method: 'GET',
        config: { params: locale ? { locale } : {} },
      }),
      // The content manager's saves and publishes void this tag, so that the list is fetched anew.
      providesTags: (_result, _error, { uid, documentId }) => [
        { type: 'Document', id: `${uid}_${documentId}` },
        { type: 'Document', id: `${uid}_LIST` },
      ],
      keepUnusedDataFor: 0,
    }),
  }),
  overrideExisting: false,
});

export const { useFindSuggestionsQuery } = api;
