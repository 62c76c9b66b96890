import { adminApi } from '@strapi/strapi/admin';

import type { FindTypesResponse } from '../../../shared/contracts';

const api = adminApi.injectEndpoints({
  endpoints: (build) => ({
    findRelatedTypes: build.query<FindTypesResponse['data'], void>({
      query: () => ({ url: '/related-articles/types', method: 'GET' }),
      transformResponse: ({ data }: FindTypesResponse) => data,
      // They change with a restart only.
      keepUnusedDataFor: Number.MAX_SAFE_INTEGER,
    }),
  }),
  overrideExisting: false,
});

export const { useFindRelatedTypesQuery } = api;
