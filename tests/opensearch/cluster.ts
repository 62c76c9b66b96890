import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { freePort } from '../helpers/databases';

const JDKS = '/usr/lib/jvm';
/** OpenSearch 2.19 and Elasticsearch 8 need the security manager, which Java 24 no longer has. */
const [OLDEST, NEWEST] = [17, 23];

const SERVERS = {
  opensearch: {
    launcher: path.resolve('tests/opensearch/launcher'),
    main: 'OpenSearchNode',
    first: 'cluster.initial_cluster_manager_nodes',
  },
  elasticsearch: {
    launcher: path.resolve('tests/opensearch/elasticsearch-launcher'),
    main: 'ElasticsearchNode',
    first: 'cluster.initial_master_nodes',
  },
} as const;

/** Which cluster is started, and whose client asks it. */
export const SERVER_NAME = (process.env.SEARCH_SERVER ?? 'opensearch') as keyof typeof SERVERS;
const SERVER = SERVERS[SERVER_NAME];
if (!SERVER) throw new Error(`SEARCH_SERVER: expected one of ${Object.keys(SERVERS).join(', ')}, got "${SERVER_NAME}"`); // prettier-ignore

const STARTED = 'started';
const START_MS = 120_000;

/** One node of the cluster, in its own process. */
export interface ClusterNode {
  readonly url: string;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Ends it as a rolling restart would. */
  close(): Promise<void>;
  /** From now on it answers nobody, without knowing it. */
  pause(): void;
  resume(): void;
  /** Starts it again with its data. */
  start(): Promise<void>;
}

export interface Cluster {
  readonly nodes: readonly ClusterNode[];
  readonly urls: string[];
  stop(): Promise<void>;
}

/** Starts a cluster on loopback, in its own folder. Its classes come from Maven, once. */
export async function startCluster(size: number): Promise<Cluster> {
  const classpath = compile();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'related-opensearch-'));
  const ports: { http: number; transport: number }[] = [];
  for (let i = 0; i < size; i += 1) {
    ports.push({ http: await freePort(), transport: await freePort() });
  }
  const names = ports.map((_, i) => `node-${i}`);
  const nodes = ports.map(({ http, transport }, i) =>
    nodeOf(classpath, path.join(folder, names[i]), {
      'node.name': names[i],
      'cluster.name': path.basename(folder),
      'http.port': http,
      'transport.port': transport,
      'discovery.seed_hosts': ports.map((port) => `127.0.0.1:${port.transport}`).join(','),
      [SERVER.first]: names.join(','),
      'cluster.routing.allocation.disk.threshold_enabled': false,
      'action.auto_create_index': false,
      'action.destructive_requires_name': false,
    }),
  );
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    fs.rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(nodes.map((node) => node.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes, urls: nodes.map(({ url }) => url), stop };
}

function nodeOf(
  classpath: string,
  home: string,
  settings: Record<string, string | number | boolean>,
): ClusterNode {
  let running: ChildProcess | null = null;
  const end = async (signal: NodeJS.Signals) => {
    const ending = running;
    running = null;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = once(ending, 'exit');
    ending.kill(signal);
    if (signal === 'SIGKILL') ending.kill('SIGCONT');
    await ended;
  };
  return {
    url: `http://127.0.0.1:${settings['http.port']}`,
    kill: () => end('SIGKILL'),
    close: () => end('SIGTERM'),
    pause: () => void running?.kill('SIGSTOP'),
    resume: () => void running?.kill('SIGCONT'),
    async start() {
      fs.mkdirSync(home, { recursive: true });
      const all = { ...settings, 'path.home': home, 'path.data': path.join(home, 'data') };
      const log = fs.openSync(path.join(home, 'errors.log'), 'a');
      const child = spawn(
        java(),
        [
          '-Xms512m',
          '-Xmx512m',
          '-XX:+UseSerialGC',
          '-cp',
          `${classpath}:${path.join(SERVER.launcher, 'target/classes')}`,
          SERVER.main,
          ...Object.entries(all).map(([name, value]) => `${name}=${value}`),
        ],
        { stdio: ['ignore', 'pipe', log] },
      );
      fs.closeSync(log);
      running = child;
      const isStarted = new Promise<void>((resolve) => {
        createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
          if (line === STARTED) resolve();
        });
      });
      const hasEnded = once(child, 'exit').then(() => {
        throw new Error(
          `A node ended:\n${fs.readFileSync(path.join(home, 'errors.log'), 'utf8').slice(-4000)}`,
        );
      });
      hasEnded.catch(() => undefined);
      let timer: NodeJS.Timeout | undefined;
      const isLate = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('A node does not start.')), START_MS);
      });
      await Promise.race([isStarted, hasEnded, isLate]);
      clearTimeout(timer);
    },
  };
}

/** Why no cluster can be started here; `null` if one can. */
export function missingOpenSearch(): string | null {
  if (!findJava()) return `there is no Java ${OLDEST} to ${NEWEST} in ${JDKS}`;
  try {
    execFileSync('mvn', ['--version'], { stdio: 'ignore' });
  } catch {
    return 'there is no Maven';
  }
  return null;
}

function compile(): string {
  const file = path.join(SERVER.launcher, 'target/classpath.txt');
  if (!fs.existsSync(file) || !fs.existsSync(path.join(SERVER.launcher, 'target/classes'))) {
    execFileSync('mvn', ['-q', '-B', 'compile'], { cwd: SERVER.launcher, stdio: 'inherit' });
  }
  return fs.readFileSync(file, 'utf8').trim();
}

function java(): string {
  const found = findJava();
  if (!found) throw new Error(`OpenSearch needs Java ${OLDEST} to ${NEWEST} in ${JDKS}.`);
  return found;
}

function findJava(): string | null {
  const folders = fs.existsSync(JDKS) ? fs.readdirSync(JDKS) : [];
  for (const folder of folders) {
    const program = path.join(JDKS, folder, 'bin/java');
    if (!fs.existsSync(program)) continue;
    const release = Number(/-(\d+)/.exec(folder)?.[1] === '1' ? /1\.(\d+)/.exec(folder)?.[1] : /-(\d+)/.exec(folder)?.[1]); // prettier-ignore
    if (release >= OLDEST && release <= NEWEST) return program;
  }
  return null;
}
