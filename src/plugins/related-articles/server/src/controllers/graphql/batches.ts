import DataLoader from 'dataloader';
import { errors } from '@strapi/utils';
import type { Context } from 'koa';

import type { LimitsConfig } from '../../config/schema';
import type { Document } from '../../permissions/documents';
import type { Caller } from '../../services/fair-shares';
import { SharedTurn } from '../../services/shared-turn';
import type { Page } from '../../services/suggestions';
import { AnswerLength } from '../rest/answer-length';
import { Deadline } from '../rest/in-time';
import { COST_OF_FILTERING, COST_OF_REASONS } from '../rest/answer-cost';
import { timesOf, type Selected } from './selections';

/** An entry as GraphQL's resolvers pass it on. */
export interface Parent {
  documentId?: unknown;
  locale?: unknown;
  publishedAt?: unknown;
}

/** The minimum cost of a list that is requested separately, in suggestions: checks, a ranking and a read. */
export const COST_OF_ASKING = 10;
/** The minimum cost of a text, in suggestions: it may be long. */
export const COST_OF_TEXT = 50;

/** How many times as much may be read for an answer as it may contain. */
const READ_FACTOR = 5;

type RequestLimits = Pick<LimitsConfig, 'documents' | 'requestTime' | 'answerLength'>;

/** Work for one field of a request. */
interface Field {
  run(): Promise<void>;
  reject(reason: unknown): void;
}

/** The lists of one request: lists with equal arguments are made together, and all lists share one budget. */
export class RequestLists {
  private readonly loaders = new Map<string, DataLoader<Parent, Page>>();
  private spent = 0;
  private begun = 0;
  private readonly startedAt = performance.now();
  /** What waits for its turn, by the turn of such work. */
  private readonly fields = new Map<SharedTurn, Field[]>();
  /** Whether any of it has begun. */
  private hasBegun = false;
  private tooLong: Error | null = null;
  private readonly turn = new SharedTurn();
  private readonly length: AnswerLength;
  private readonly read: AnswerLength;

  private constructor(
    private readonly limits: RequestLimits,
    /** Shared by all lists, however they are nested. */
    readonly deadline: Deadline,
  ) {
    this.length = new AnswerLength('related', limits);
    this.read = new AnswerLength('related', { answerLength: READ_FACTOR * limits.answerLength });
  }

  private get budget(): number {
    return this.limits.documents;
  }

  private static readonly all = new WeakMap<Context, RequestLists>();

  static of(ctx: Context, limits: RequestLimits): RequestLists {
    const known =
      RequestLists.all.get(ctx) ?? new RequestLists(limits, new Deadline(limits.requestTime));
    RequestLists.all.set(ctx, known);
    return known;
  }

  /**
   * Counts a field before any work is done for it, so that thousands of refused fields cost nothing.
   *
   * @throws ValidationError if the request asks for more than the budget.
   */
  begin(least: number): void {
    this.begun += least;
    if (this.begun > this.budget) this.refuse();
  }

  /** Checks arguments. Once some are too long, all other fields of the request fail without another check. */
  measure(check: () => void): void {
    if (this.tooLong) throw this.tooLong;
    try {
      check();
    } catch (error) {
      if (error instanceof errors.ApplicationError) this.tooLong = error;
      throw error;
    }
  }

  /**
   * Takes part of the budget.
   *
   * @param least The minimum cost.
   * @throws ValidationError if too little is left.
   */
  spend(suggestions: number, explain: boolean, least: number): void {
    this.spent += Math.max(least, suggestions * (explain ? COST_OF_REASONS : 1));
    if (this.spent > this.budget) this.refuse();
  }

  /**
   * Counts the length of entries' attributes and of their metadata in the answer. Strapi reads the contents of
   * relations and components later.
   *
   * @throws ValidationError if the answer becomes too long.
   */
  weigh(documents: readonly Document[], told: readonly object[], selected: Selected): void {
    const { entry, edge } = timesOf(selected);
    this.length.add(documents, entry);
    this.length.add(told, edge);
  }

  /**
   * Counts what is read for the answer: resolvers of the project may use any attribute, so entries are read whole.
   *
   * @throws ValidationError if it becomes far more than an answer may have.
   */
  readonly weighRead = (documents: readonly Document[]): void => this.read.add(documents);

  /**
   * Does the work of one field at a time, because SQLite never yields to others by itself. A request with several such
   * fields takes turns with other requests.
   *
   * @param others The turn of such work.
   */
  inTurn<T>(work: () => Promise<T>, others: SharedTurn, caller: Caller): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting = this.fields.get(others) ?? [];
      this.fields.set(others, waiting);
      waiting.push({ run: () => work().then(resolve, reject), reject });
      if (waiting.length === 1) void this.turn.next(() => this.runAll(waiting, others, caller));
    });
  }

  /** Runs what waits, and what is added meanwhile. Never fails: each field has its own answer. */
  private async runAll(waiting: Field[], others: SharedTurn, caller: Caller): Promise<void> {
    const runNext = async () => {
      await this.deadline.check();
      this.hasBegun = true;
      await waiting[0].run();
      waiting.shift();
    };
    const runRest = async () => {
      while (waiting.length > 0) {
        await runNext();
        await others.give();
      }
    };
    try {
      if (waiting.length === 1 && !this.hasBegun) await runNext();
      // What was added meanwhile is not alone. A run that was not over yet may have taken everything.
      if (waiting.length === 0) return;
      const { startedAt: since, hasBegun: isBegun, limits, deadline } = this;
      const options = { caller, since, isBegun, longest: limits.requestTime, timeLeft: deadline.left }; // prettier-ignore
      await others.next(runRest, options);
    } catch (error) {
      for (const { reject } of waiting.splice(0)) reject(error);
    }
  }

  private refuse(): never {
    throw new errors.ValidationError(
      `related: expected at most ${this.budget} suggestions in one answer. One with an explanation counts as ${COST_OF_REASONS}, a list of its own as at least ${COST_OF_ASKING}, a filtered list as at least ${COST_OF_FILTERING}, and a text as at least ${COST_OF_TEXT}`,
    );
  }

  /**
   * Returns the list of an entry.
   *
   * @param key Equal for lists with equal arguments.
   * @param make Makes the lists of several entries, in their order.
   */
  load(
    key: string,
    parent: Parent,
    make: (parents: readonly Parent[]) => Promise<Page[]>,
  ): Promise<Page> {
    const known = this.loaders.get(key) ?? new DataLoader(make, { cache: false });
    this.loaders.set(key, known);
    return known.load(parent);
  }
}
