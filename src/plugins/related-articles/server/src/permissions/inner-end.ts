import { EventEmitter } from 'node:events';
import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Writable } from 'node:stream';

import { withinTime } from '../content/within-time';

/** What a response tells on its way to its end, and afterwards. */
const OF_RESPONSES = ['prefinish', 'finish', 'close'];
/** What a request tells once it was answered. */
const OF_REQUESTS = ['end', 'close'];
/** What middlewares put in place of a response's own to hear of its end, as sessions and meters do. */
const HOOKED = ['end', 'write', 'writeHead'] as const;

/** How long the end is waited for where something stands in place of the response's own, in milliseconds. */
const END_MS = 1000;

/** Gives a request that is made within another one listeners of its own: it ends by itself, and earlier. */
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
 * Ends an answer as where it has been sent, but sends it nowhere: middlewares let go then what they hold for it, before
 * the next question is asked.
 *
 * @param onError Told of listeners that fail.
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
  // Its end is told by Node.
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

/** Where a listener of the server's own requests fails, the process ends. */
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
