import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Core } from '@strapi/strapi';

import { PLUGIN_ID } from '../constants';
import { registeredBefore } from './registered';
import { storedAnswer, type Question } from './stored-answer';

type Documents = Core.Strapi['documents'];
/** Strapi's types leave out what `use` returns: a function that takes the middleware away again. */
type Use = (middleware: Middleware) => () => unknown;
type Middleware = (context: Context, next: () => Promise<unknown>) => unknown;

interface Context extends Question {
  contentType: unknown;
}

interface Watched {
  use: Use;
  /** Those of the project and of other plugins, in their order. */
  middlewares: Middleware[];
  /** Whether there can be no others. */
  isComplete: boolean;
  /** Questions whose parameters some middleware changes, as content type and action. */
  changing: Set<string>;
  /** How often one was added or taken away. */
  generation: number;
}

const OF_STRAPI = `${path.sep}node_modules${path.sep}@strapi${path.sep}`;
const watched = new WeakMap<Documents, Watched>();

/** Strapi's own, which is there from the beginning. */
const FIRST = 'databaseErrorsMiddleware';

/**
 * Starts recording the document service's middlewares, because Strapi does not list them. Call it while modules are
 * loaded, when there are none of Strapi's plugins yet, and once more in `register`, for releases in which that is too early.
 */
export function watchDocumentMiddlewares(strapi: Core.Strapi, isLoading: boolean): void {
  const { documents } = strapi;
  if (watched.has(documents)) return;
  const original = documents.use as unknown as Use;
  const before = isLoading ? registeredBefore<Middleware>(original, (_call, next) => next()) : null;
  if (isLoading && !before) return;
  // Modules of the project may have been loaded earlier.
  const middlewares: Middleware[] = (before ?? []).filter(({ name }) => name !== FIRST);
  const changing = new Set<string>();
  const use: Use = (middleware) => {
    const remove = original(middleware);
    // Strapi's own middlewares hide no documents.
    if (isKnownCaller()) return remove;
    middlewares.push(middleware);
    noteChange(state);
    return () => {
      const at = middlewares.indexOf(middleware);
      if (at >= 0) middlewares.splice(at, 1);
      noteChange(state);
      return remove();
    };
  };
  const isComplete = before !== null || isRegisteredFirst(strapi);
  const state: Watched = { use, middlewares, isComplete, changing, generation: 0 };
  documents.use = use as unknown as Documents['use'];
  watched.set(documents, state);
}

/** Whether the project or a plugin may hide documents that the service finds. */
export function hasDocumentMiddlewares({ documents }: Core.Strapi): boolean {
  const state = watched.get(documents);
  return !state?.isComplete || !isSame(documents.use, state.use) || state.middlewares.length > 0;
}

/** Another number after each middleware that was added or taken away; `null` where some could go unnoticed. */
export function middlewareGeneration({ documents }: Core.Strapi): number | null {
  const state = watched.get(documents);
  return state && isSame(documents.use, state.use) ? state.generation : null;
}

/** Whether some middleware is known to change what is asked of a type. */
export function isQuestionChanged({ documents }: Core.Strapi, uid: string): boolean {
  const { changing } = watched.get(documents) ?? {};
  return changing === undefined || ACTIONS.some((action) => changing.has(`${uid} ${action}`));
}

function noteChange(state: Watched): void {
  state.changing.clear();
  state.generation += 1;
}

const ACTIONS = ['findMany', 'findOne'] as const;

/**
 * Asks the document service, or the database where that comes to the same: the middlewares of the project run either
 * way, and may hide or add what they want. Strapi's own way of putting a question takes three times as long.
 *
 * @param short What the database answers to exactly this question.
 */
export async function askDocuments(
  strapi: Core.Strapi,
  question: Question,
  short: () => Promise<unknown>,
): Promise<unknown> {
  const { uid, action, params } = question;
  const state = watched.get(strapi.documents);
  const key = `${uid} ${action}`;
  if (state?.isComplete && isSame(strapi.documents.use, state.use) && !state.changing.has(key)) {
    if (state.middlewares.length === 0) return short();
    let isAsItWas = true;
    const before = JSON.stringify(question);
    const contentType = strapi.contentType(uid as never);
    const context: Context = { uid, action, params: structuredClone(params), contentType };
    const end = () => {
      const asked = { uid: context.uid, action: context.action, params: context.params };
      isAsItWas &&= JSON.stringify(asked) === before;
      return isAsItWas ? short() : storedAnswer(strapi, asked);
    };
    try {
      const answer = await through(state, context, end);
      if (isAsItWas) return answer;
    } catch (error) {
      // The question was changed, so ask the service instead.
      if (isAsItWas) throw error;
    }
    state.changing.add(key);
  }
  const service = strapi.documents(uid as never) as unknown as Record<
    Question['action'],
    (params: Question['params']) => Promise<unknown>
  >;
  return service[action](params);
}

/**
 * Whether some middleware asks for fewer entries than were asked for in the request that is being answered; `null` where
 * some may not be known, or one answers by itself.
 */
export async function changesFilters(
  strapi: Core.Strapi,
  question: Question,
): Promise<boolean | null> {
  const state = watched.get(strapi.documents);
  if (!state?.isComplete || !isSame(strapi.documents.use, state.use)) return null;
  const { uid, action, params } = question;
  const narrowing = ({ filters, status, locale, start, limit }: Question['params']) =>
    JSON.stringify([filters ?? {}, status, locale, start, limit]);
  const contentType = strapi.contentType(uid as never);
  const context: Context = { uid, action, params: structuredClone(params), contentType };
  let isChanged: boolean | null = null;
  const end = () => {
    isChanged = context.uid !== uid || narrowing(context.params) !== narrowing(params);
    return storedAnswer(strapi, context);
  };
  // What one throws, it throws where entries are read.
  await through(state, context, end).catch(() => undefined);
  return isChanged;
}

/** Puts a question to the middlewares in their order; who comes behind the last one answers. */
async function through(
  state: Watched,
  context: Context,
  end: () => Promise<unknown>,
  at = 0,
): Promise<unknown> {
  const middleware = state.middlewares.at(at);
  return middleware ? middleware(context, () => through(state, context, end, at + 1)) : end();
}

const isSame = (one: unknown, other: unknown): boolean => one === other;

let isOwn = false;

/** Adds what the plugin itself adds, which changes nothing that is read. */
export function addOwn(add: () => void): void {
  isOwn = true;
  try {
    add();
  } finally {
    isOwn = false;
  }
}

/** Whether the function that asks was called by Strapi's own code, or by the plugin's. */
export function isKnownCaller(): boolean {
  if (isOwn) return true;
  // The message, this function, the one that watches, and who called that.
  const { stack } = new Error();
  // Some libraries replace it by a list.
  return typeof stack === 'string' && (stack.split('\n')[3]?.includes(OF_STRAPI) ?? false);
}

/** Plugins are registered in this order, and an extension may replace what one does when it is. */
export function isRegisteredFirst(strapi: Core.Strapi): boolean {
  const plugins = Object.entries(
    strapi.config.get<Record<string, { pathToPlugin?: string }>>('enabledPlugins', {}),
  );
  const own = plugins.findIndex(([name]) => name === PLUGIN_ID);
  if (own === -1) return false;
  const isForeign = ({ pathToPlugin }: { pathToPlugin?: string }) =>
    !`${pathToPlugin}${path.sep}`.includes(OF_STRAPI);
  if (plugins.slice(0, own).some(([, plugin]) => isForeign(plugin))) return false;
  const { extensions } = strapi.dirs.dist;
  if (!existsSync(extensions)) return true;
  return !readdirSync(extensions).some((name) =>
    existsSync(path.join(extensions, name, 'strapi-server.js')),
  );
}
