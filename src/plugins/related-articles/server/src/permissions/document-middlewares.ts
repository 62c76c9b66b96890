import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Core } from '@strapi/strapi';

import { PLUGIN_ID } from '../constants';
import { registeredBefore } from './registered';
import { storedAnswer, type Question } from './stored-answer';

type Documents = Core.Strapi['documents'];
/** Strapi's types leave out what `use` returns: a function that removes the middleware again. */
type Use = (middleware: Middleware) => () => unknown;
type Middleware = (context: Context, next: () => Promise<unknown>) => unknown;

interface Context extends Question {
  contentType: unknown;
}

interface Watched {
  use: Use;
  /** Middlewares of the project and of other plugins, in their order. */
  middlewares: Middleware[];
  /** Whether the list is complete. */
  isComplete: boolean;
  /** Questions whose parameters a middleware changes, as content type and action. */
  changing: Set<string>;
  /** How often a middleware was added or removed. */
  generation: number;
}

const OF_STRAPI = `${path.sep}node_modules${path.sep}@strapi${path.sep}`;
const watched = new WeakMap<Documents, Watched>();

/** Strapi's own middleware, which is there from the beginning. */
const FIRST = 'databaseErrorsMiddleware';

/**
 * Starts recording the document service's middlewares, because Strapi does not list them. Call it while modules are
 * loaded, before Strapi's plugins exist, and again in `register`, for releases in which the first call is too early.
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

/** Returns a number that changes with each middleware added or removed; `null` if that could go unnoticed. */
export function middlewareGeneration({ documents }: Core.Strapi): number | null {
  const state = watched.get(documents);
  return state && isSame(documents.use, state.use) ? state.generation : null;
}

/** Whether a middleware may change what is asked of a type, as far as is known. */
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
 * Asks the document service, or the database directly if the result is the same. Middlewares of the project run either
 * way, and may hide or add whatever they want. Asking through Strapi takes three times as long.
 *
 * @param short Gets the database's answer to exactly this question.
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
 * Whether a middleware narrows the question in the current request; `null` if some middlewares may be unknown, or one
 * answers by itself.
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
  // A middleware that throws here also throws when entries are read.
  await through(state, context, end).catch(() => undefined);
  return isChanged;
}

/** Passes a question through the middlewares in their order; `end` answers it after the last one. */
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

/** Runs registrations of the plugin itself, which do not change what is read. */
export function addOwn(add: () => void): void {
  isOwn = true;
  try {
    add();
  } finally {
    isOwn = false;
  }
}

/** Whether Strapi's own code, or the plugin's, called the function that calls this one. */
export function isKnownCaller(): boolean {
  if (isOwn) return true;
  // The stack: the message, this function, the watching function, and its caller.
  const { stack } = new Error();
  // Some libraries replace the string with a list.
  return typeof stack === 'string' && (stack.split('\n')[3]?.includes(OF_STRAPI) ?? false);
}

/** Whether no plugin except Strapi's own, and no extension of one, runs code in `register` before this plugin. */
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
