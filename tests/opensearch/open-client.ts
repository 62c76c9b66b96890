import type { OpenSearchConfig } from 'plugin/config/engine-schema';
import { createSearchClient } from 'plugin/indexing/search-client';

import { SERVER_NAME } from './cluster';
import { nodes } from './shared-cluster';

/** The client that a site would use. */
export const openClient = () =>
  createSearchClient(process.cwd(), {
    kind: 'opensearch',
    client: SERVER_NAME,
    node: nodes(),
    requestTimeout: 30_000,
  } as OpenSearchConfig);
