import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  event: string;
  uid: string;
  entries: { documentId: string; slug: string | null; locale: string | null; url: string | null }[];
  isPartial: boolean;
}

/** A site that receives Strapi's webhooks. */
export class Receiver {
  readonly received: Received[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Receiver> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        receiver.received.push(JSON.parse(Buffer.concat(parts).toString()));
        response.end();
      });
    });
    const receiver = new Receiver(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  /** The slugs of all entries named since the last call. */
  takeSlugs(): string[] {
    const events = this.received.splice(0);
    return events.flatMap(({ entries }) => entries.map(({ slug }) => slug ?? '')).sort();
  }

  async stop(): Promise<void> {
    this.server.close();
    await once(this.server, 'close');
  }
}
