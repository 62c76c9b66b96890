import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';

/** Stands in front of a server, and silently stops passing on anything, as a firewall or a failover does. */
export class CuttingProxy {
  private readonly open = new Set<{ sockets: [Socket, Socket]; isCut: boolean }>();

  private constructor(
    private readonly server: net.Server,
    readonly port: number,
  ) {}

  static async before(target: number): Promise<CuttingProxy> {
    const server = net.createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new CuttingProxy(server, (server.address() as AddressInfo).port);
    server.on('connection', (client) => proxy.join(client, net.connect(target, '127.0.0.1')));
    return proxy;
  }

  /** Connections that exist now stay open, but pass on nothing; new ones work. */
  cut(): void {
    for (const pair of this.open) pair.isCut = true;
  }

  stop(): void {
    for (const { sockets } of this.open) for (const socket of sockets) socket.destroy();
    this.server.close();
  }

  private join(client: Socket, server: Socket): void {
    const pair = { sockets: [client, server] as [Socket, Socket], isCut: false };
    this.open.add(pair);
    const pass = (from: Socket, to: Socket) => {
      from.on('data', (data) => {
        if (!pair.isCut) to.write(data);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.open.delete(pair);
        if (!pair.isCut) to.destroy();
      });
    };
    pass(client, server);
    pass(server, client);
  }
}
