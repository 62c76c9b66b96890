import { randomBytes } from 'node:crypto';
import type { Core } from '@strapi/strapi';

import { ownRows } from '../changes/own-rows';
import { shortTransaction } from '../changes/transactions';
import { CURATION, CURATION_EVENT, toCuration } from './curation';
import type { CurationRepository } from './curation-repository';

type Update = (query: { where: object; data: object }) => Promise<unknown>;

const updateIn =
  (strapi: Core.Strapi, uid: typeof CURATION.uid | typeof CURATION_EVENT.uid): Update =>
  (query) =>
    shortTransaction(strapi.db, () => strapi.db.query(uid).updateMany(query));

/** As long as Strapi's own ids. */
const ID_BYTES = 12;

/**
 * Completes rows that SQL has created. Without a documentId, nothing could change them. `NULL` as well as `''` would
 * stand for no locale, so that an editor would get another list than readers; two such lists become one. No panel can
 * have seen a revision below 0.
 */
export async function mendRows(strapi: Core.Strapi, repository: CurationRepository): Promise<void> {
  const lists = ownRows(strapi, CURATION.uid);
  const update = updateIn(strapi, CURATION.uid);
  const noId = { documentId: { $null: true } };
  const noLocale = { sourceLocale: { $null: true } };
  for (const { id } of await lists.findMany({ where: noId })) {
    const documentId = randomBytes(ID_BYTES).toString('hex');
    await update({ where: { id, ...noId }, data: { documentId } });
  }
  const noRevision = { $or: [{ revision: { $null: true } }, { revision: { $lt: 0 } }] };
  for (const { id } of await lists.findMany({ where: noRevision })) {
    await update({ where: { id, ...noRevision }, data: { revision: 0 } });
  }
  const unplaced = (await lists.findMany({ where: noLocale })).map(toCuration);
  await repository.move(unplaced, '');
}

/** Does the same in the history, but only once at the start: it is long. */
export async function mendHistory(strapi: Core.Strapi): Promise<void> {
  const update = updateIn(strapi, CURATION_EVENT.uid);
  // Read first: MySQL locks each row that an update looks at, and waits for those that others have locked.
  const found = await ownRows(strapi, CURATION_EVENT.uid).findMany({ select: ['id'], where: { sourceLocale: { $null: true } } }); // prettier-ignore
  for (const { id } of found) await update({ where: { id }, data: { sourceLocale: '' } });
}
