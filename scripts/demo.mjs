// npm run demo: from a fresh clone to a running magazine.
import { fork } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';

import { fail, root, say, setup } from './lib/steps.mjs';

const port = Number(process.env.PORT ?? 1337);

try {
  await setup();
  await ensurePortIsFree();
  await start();
} catch (error) {
  fail(error.message);
}

function ensurePortIsFree() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', () =>
      reject(
        new Error(
          `Port ${port} is in use. Stop what runs there, or choose another: PORT=1400 npm run demo`,
        ),
      ),
    );
    probe.listen(port, '0.0.0.0', () => probe.close(resolve));
  });
}

async function start() {
  say('Starting Strapi');
  const strapi = fork(path.join(root, 'node_modules/@strapi/strapi/bin/strapi.js'), ['start'], {
    cwd: root,
    stdio: ['inherit', 'pipe', 'inherit', 'ipc'],
    env: {
      ...process.env,
      DEMO: '1',
      // The event needs an index in each process.
      RELATED_ARTICLES_CHANGED_EVENT: String(!process.env.RELATED_ARTICLES_SEARCH_NODES),
      NODE_ENV: 'production',
      PORT: String(port),
      HOST: process.env.HOST ?? '127.0.0.1',
    },
  });
  strapi.stdout.on('data', (chunk) => process.stdout.write(chunk));
  strapi.on('exit', (code) => process.exit(code ?? 0));
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => strapi.kill(signal));

  const { administrator } = await new Promise((resolve) => {
    strapi.on('message', (message) => message.demo && resolve(message.demo));
  });
  await untilReady();
  announce(administrator, await tagOf('an-evening-on-the-moon'));
}

async function untilReady() {
  const url = `http://127.0.0.1:${port}/api/articles/waking-a-sourdough-starter/related`;
  for (;;) {
    const response = await fetch(url).catch(() => null);
    if (response && response.status !== 503) {
      const { meta } = await response.json();
      if (!meta?.index) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The tag of a list, once it is answered with 304: before the first comparison with the database nothing is confirmed. */
async function tagOf(slug) {
  const url = `http://127.0.0.1:${port}/api/articles/${slug}/related?fields=title`;
  for (;;) {
    const tag = (await fetch(url)).headers.get('etag');
    const again = await fetch(url, { headers: { 'if-none-match': tag } });
    if (again.status === 304) return tag;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function announce({ email, password }, tag) {
  const base = `http://localhost:${port}`;
  const secret = password
    ? `password: ${password}   (shown this once)`
    : 'password: the one you know; lost it? npm run strapi -- admin:reset-user-password';
  console.log(`
The magazine is open.

  The site      ${base}

  Admin panel   ${base}/admin
                email: ${email}
                ${secret}

  What is related to an article, and why:

    curl -gs '${base}/api/articles/an-evening-on-the-moon/related?fields=title&explain=true'

  For an article in German, with the categories:

    curl -gs '${base}/api/articles/einen-sauerteig-ansetzen/related?locale=de&fields=title&populate=category&pagination[limit]=2'

  A page of articles, each with what is related to it; two lists that repeat nothing; a list that is never empty:

    curl -gs '${base}/api/articles?related=3&relatedFields=title&fields=title&pagination[limit]=5'
    curl -gs '${base}/api/related-articles/articles?documentIds=an-evening-on-the-moon,counting-the-perseids&fields=title&distinct=true'
    curl -gs '${base}/api/articles/the-ear-of-a-piano-tuner/related?fallback=category&fields=title'

  What is related to a text, such as the words of a missing address:

    curl -gs '${base}/api/related-articles/articles?fields=title' -H 'content-type: application/json' -d '{ "title": "An evening with the moon" }'

  Nothing new since the last time (304), decided without making the list:

    curl -gsi '${base}/api/articles/an-evening-on-the-moon/related?fields=title' -H 'if-none-match: ${tag}' | head -n 1

  Publish something in the admin panel, and the log shows which pages have changed (the event related.changed).

  Ctrl-C stops it. "npm run demo" starts it again, with everything still there.
`);
}
