import { hkdfSync } from 'node:crypto';
import type { Core } from '@strapi/strapi';

/** Derived from the app's keys, so that write access to the folder is not enough to forge an index. */
export function snapshotKey(strapi: Core.Strapi): Buffer {
  const keys = [strapi.config.get('server.app.keys', [])].flat().join('\n');
  return Buffer.from(hkdfSync('sha256', keys, '', 'related-articles snapshot', 32));
}
