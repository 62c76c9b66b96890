import { Client } from '@opensearch-project/opensearch';
import { OpenSearchEngine } from 'plugin/engine/opensearch/opensearch-engine';
import { searchClientOf } from 'plugin/indexing/search-client';

import { describeEngine } from '../engine/conformance';
import { startCluster, type Cluster } from './cluster';

let cluster: Cluster;
let client: Client;
let made = 0;

beforeAll(async () => {
  cluster = await startCluster(3);
  client = new Client({ nodes: cluster.urls });
});
afterAll(async () => {
  await client?.close();
  await cluster?.stop();
});

describeEngine('OpenSearch', (ranking) => {
  made += 1;
  const settings = { prefix: `test${made}-`, shards: 1, replicas: '0-1' };
  return new OpenSearchEngine({
    client: searchClientOf(client.transport),
    settings,
    optionsOf: () => ranking,
  });
});
