import { hkdfSync } from 'node:crypto';
import type { Core } from '@strapi/strapi';

/** Derived from the app's keys, so that whoever can write files, and does not know them, writes no index. */
export function snapshotKey(strapi: Core.Strapi): Buffer {
  const keys = [strapi.config.get('server.app.keys', [])].flat().join('\n');
  return Buffer.from(hkdfSync('sha256', keys, '', 'related-articles snapshot', 32));
}
