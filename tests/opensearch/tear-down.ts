import { shared } from './shared-cluster';

export default async function tearDown(): Promise<void> {
  await shared.cluster?.stop();
}
