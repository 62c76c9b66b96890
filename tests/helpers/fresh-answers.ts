import type { Core } from '@strapi/strapi';
import { appOf } from 'plugin/app';

/** Asks while no kept answer counts. */
export async function afresh<T>(strapi: Core.Strapi, ask: () => Promise<T>): Promise<T> {
  const { answers } = appOf(strapi);
  const { get } = answers;
  answers.get = () => null;
  try {
    return await ask();
  } finally {
    answers.get = get;
  }
}
