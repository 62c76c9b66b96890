import type { Core } from '@strapi/strapi';

import type { ChangeLog } from '../changes/change-log';
import { UNREADABLE } from '../changes/log-reader';
import type { Problems } from '../changes/problems';
import type { RelatedType } from '../config/resolve';
import type { DocumentReader } from '../content/document-reader';
import type { RowReader } from '../content/row-reader';
import type { CurationMaintenance } from '../curations/curation-maintenance';
import type { Engine } from '../engine/engine';
import { SWEEP_FAILURE, type Housekeeping } from './housekeeping';
import type { IndexStatus, SyncHealth, TypeStatus } from './index-service';

export interface OpeningOptions {
  types: ReadonlyMap<string, RelatedType>;
  log: ChangeLog;
  documents: DocumentReader;
  maintenance: CurationMaintenance;
  housekeeping: Pick<Housekeeping, 'beat'>;
  problems: Problems;
  logger: Core.Strapi['log'];
}

/**
 * Opens what every index needs. Reports what cannot be opened; it is tried again later.
 *
 * @returns Whether there is anything to do.
 */
export async function open(options: OpeningOptions): Promise<boolean> {
  const { types, log, documents, maintenance, housekeeping, problems, logger } = options;
  try {
    // Also without types, because commands use its tables.
    await log.open(true);
  } catch (error) {
    // The reader of the log creates it later, and resolves the problem.
    problems.raise(UNREADABLE, error as Error);
  }
  if (types.size === 0) {
    logger.warn(
      'related-articles: no content type is configured, so there is nothing to suggest. See config/plugins, key contentTypes.',
    );
    return false;
  }
  await documents.open().catch((error) => {
    logger.warn(
      `related-articles: cannot load the list of texts that could not be read before: ${(error as Error).message}`,
    );
  });
  try {
    // Older instances must know of this one: otherwise they would undo what it follows.
    await housekeeping.beat();
    await maintenance.followLocalization();
  } catch (error) {
    problems.raise(SWEEP_FAILURE, error as Error);
  }
  return true;
}

export interface StatusOptions {
  types: ReadonlyMap<string, RelatedType>;
  reader: RowReader;
  engine: Engine;
  housekeeping: Housekeeping;
}

export async function statusOf(options: StatusOptions, health: SyncHealth): Promise<IndexStatus> {
  const { types, reader, engine, housekeeping } = options;
  const describe = async (type: RelatedType): Promise<TypeStatus> => ({
    uid: type.uid,
    locales: await reader.countByLocale(type),
    lastWrite: await reader.lastWrite(type),
  });
  const described = [...types.values()].map((type) => {
    const failed = ({ message }: Error): TypeStatus => ({ uid: type.uid, locales: [], lastWrite: null, failure: message }); // prettier-ignore
    return describe(type).catch(failed);
  });
  return {
    health,
    sync: await housekeeping.instances(),
    stats: await engine.stats(),
    types: await Promise.all(described),
  };
}
