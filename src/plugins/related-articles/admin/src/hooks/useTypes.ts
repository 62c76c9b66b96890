import { useEffect, useState } from 'react';
import { getFetchClient } from '@strapi/strapi/admin';

import type { FindTypesResponse } from '../../../shared/contracts';

type Types = FindTypesResponse['data'];

// They change with a restart of the server only.
let known: Types | null = null;
let asked: Promise<Types> | null = null;

/** Not bound to a component: whoever asks first may be gone before the answer comes. */
function findTypes(): Promise<Types> {
  asked ??= getFetchClient()
    .get<FindTypesResponse>('/related-articles/types')
    .then(({ data }) => {
      known = data.data;
      return known;
    })
    .finally(() => {
      asked = null;
    });
  return asked;
}

/** The configured content types, asked for once; `null` before they are known. */
export function useTypes(isWanted: boolean): Types | null {
  const [types, setTypes] = useState(known);
  useEffect(() => {
    if (!isWanted || types) return undefined;
    let isGone = false;
    findTypes().then(
      (found) => {
        if (!isGone) setTypes(found);
      },
      // No panel, then; it is asked for again with the next entry.
      () => undefined,
    );
    return () => {
      isGone = true;
    };
  }, [isWanted, types]);
  return isWanted ? types : null;
}
