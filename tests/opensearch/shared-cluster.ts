import type { Cluster } from './cluster';

const NAME = '__relatedArticlesCluster';
type Holder = Record<typeof NAME, Cluster | undefined>;

/** The cluster that all suites share. Held globally, because jest loads its set-up and tear-down separately. */
export const shared = {
  get cluster(): Cluster | undefined {
    return (globalThis as unknown as Holder)[NAME];
  },
  set cluster(cluster: Cluster | undefined) {
    (globalThis as unknown as Holder)[NAME] = cluster;
  },
};

/** The addresses of the cluster's nodes, within a suite. */
export const nodes = (): string[] => (process.env.RELATED_ARTICLES_SEARCH_NODES ?? '').split(',');
