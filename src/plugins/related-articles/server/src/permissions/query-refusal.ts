import { errors } from '@strapi/utils';

import { shortened } from '../config/shortened';

/** @throws ValidationError (400) that names the parameter. */
export function refuse(path: string, reason: string): never {
  throw new errors.ValidationError(`${path}: ${reason}`);
}

/** Returns Strapi's error for an unknown key, with its path. */
export function unknownKey(key: string, { path }: { path: string }): Error {
  const [param] = path.split('[', 1);
  const details = { key, path: path === `${param}[${key}]` ? null : path, source: 'query', param };
  return new errors.ValidationError(`Invalid key ${key}`, details);
}

/** Returns a value as messages quote it. */
export function preview(value: unknown): string {
  return shortened(JSON.stringify(value) ?? 'undefined');
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value is a count that all databases take, or missing. */
export function isCount(value: unknown): boolean {
  if (value === undefined) return true;
  const isPlain = typeof value !== 'object' || value === null;
  return isPlain && /^(?:-1|\d{1,9})$/.test(String(value));
}

/** Whether a list or an object of names has an empty name. */
export function holdsEmpty(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === '' || value === null;
  return Object.values(value).some(holdsEmpty);
}

/** Refuses names that every object has: they are no attributes, but could pass for some. */
export function checkNames(value: unknown, path: string): void {
  for (const text of [value].flat()) {
    if (typeof text !== 'string') continue;
    const name = text.split(',').find((part) => part.trim() in Object.prototype);
    if (name !== undefined) refuse(path, `there is no "${name}"`);
  }
}

/** Nesting of `$and`, `$or`, `$not` and populates. */
const MAX_NESTING = 20;

export function checkNesting(nesting: number, path: string): void {
  if (nesting > MAX_NESTING) refuse(path, `expected at most ${MAX_NESTING} levels`);
}
