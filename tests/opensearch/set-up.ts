import { startCluster } from './cluster';
import { shared } from './shared-cluster';

/** Starts one cluster for all suites that need only one; each has its own indexes. */
export default async function setUp(): Promise<void> {
  shared.cluster = await startCluster(3);
  process.env.TEST_SEARCH_NODES = shared.cluster.urls.join(',');
}
