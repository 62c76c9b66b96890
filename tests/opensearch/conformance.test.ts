import { Client } from '@opensearch-project/opensearch';
import { OpenSearchEngine } from 'plugin/engine/opensearch/opensearch-engine';
import { searchClientOf } from 'plugin/indexing/search-client';

import { describeEngine } from '../engine/conformance';
import { nodes } from './shared-cluster';

const client = new Client({ nodes: nodes() });
let made = 0;

afterAll(() => client.close());

describeEngine('OpenSearch', (ranking) => {
  made += 1;
  const settings = { prefix: `conformance-${process.pid}-${made}-`, shards: 1, replicas: '0-1' };
  return new OpenSearchEngine({
    client: searchClientOf(client.transport),
    settings,
    optionsOf: () => ranking,
  });
});
