import { OpenSearchEngine } from 'plugin/engine/opensearch/opensearch-engine';

import { describeEngine } from '../engine/conformance';
import { openClient } from './open-client';

const { client, close } = openClient();
let made = 0;

afterAll(close);

describeEngine('OpenSearch', (ranking) => {
  made += 1;
  const settings = { prefix: `conformance-${process.pid}-${made}-`, shards: 1, replicas: '0-1' };
  return new OpenSearchEngine({
    client,
    settings,
    optionsOf: () => ranking,
  });
});
