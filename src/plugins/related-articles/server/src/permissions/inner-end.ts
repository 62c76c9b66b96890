import { EventEmitter } from 'node:events';
import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Writable } from 'node:stream';

import { withinTime } from '../content/within-time';

/** The events of a response while it ends, and afterwards. */
const OF_RESPONSES = ['prefinish', 'finish', 'close'];
/** The events of a request once it has been answered. */
const OF_REQUESTS = ['end', 'close'];
/** The methods that middlewares replace to notice the end of a response, as sessions and meters do. */
const HOOKED = ['end', 'write', 'writeHead'] as const;

/** How long to wait for the end of a response whose methods were replaced, in milliseconds. */
const END_MS = 1000;

/** Gives a request inside another one its own listeners: it ends separately, and earlier. */
export function ownListeners(req: IncomingMessage): void {
  (EventEmitter as unknown as (this: object) => void).call(req);
}

/** Whether anybody waits for the end of a request. */
export function isFollowed(req: IncomingMessage, res: ServerResponse): boolean {
  return (
    OF_RESPONSES.some((event) => res.listenerCount(event) > 0) ||
    req.eventNames().length > 0 ||
    res.writableEnded ||
    HOOKED.some((name) => res[name] !== ServerResponse.prototype[name])
  );
}

/**
 * Ends an answer as if it had been sent, but sends nothing: middlewares then release what they hold for it, before the
 * next question is asked.
 *
 * @param onError Called when a listener fails.
 */
export async function endAnswer(
  req: IncomingMessage,
  res: ServerResponse,
  onError: (error: Error) => void,
): Promise<void> {
  guard(req, onError);
  guard(res, onError);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  res.assignSocket(nowhere as unknown as Socket);
  // Node then emits `close` on the response.
  res.once('finish', () => nowhere.destroy());
  const ended = new Promise<void>((resolve) => res.once('close', resolve));
  try {
    if (!res.writableEnded) res.end();
    await withinTime(ended, END_MS, () => undefined);
  } catch (error) {
    onError(error as Error);
  }
  for (const event of OF_REQUESTS) req.emit(event);
}

/** Catches errors of listeners: on the server's own requests, they would end the process. */
function guard(emitter: EventEmitter, onError: (error: Error) => void): void {
  const { emit } = emitter;
  emitter.emit = (...event: Parameters<typeof emit>) => {
    try {
      return emit.apply(emitter, event);
    } catch (error) {
      onError(error as Error);
      return true;
    }
  };
}
