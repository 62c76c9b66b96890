import fs from 'node:fs';
import path from 'node:path';

import { appOf } from 'plugin/app';
import { publishIn, uidOf, writeType, type GuardedType } from '../helpers/guarded-types';
import { startSite } from '../helpers/site';
import { FIND_BY_TEXT, grantPublic, RELATED_FIND, type Running } from '../helpers/strapi';
import { BREAD } from '../helpers/texts';

/*
 * Code of a project that cuts texts for guests, in less usual ways than a middleware or a hook in its `register`: what
 * a paying caller gets is kept for nobody else, and shared caches keep nothing.
 */

const STORY = uidOf('story');
/** Words of the texts that are cut. */
const HIDDEN = 'quokka4 wombat4 numbat4';

interface Entry {
  body?: string;
}
interface Event {
  result: Entry | Entry[] | null;
}

let site: Running;
let ids: string[];
let addresses = 0;

async function start(
  type: Partial<GuardedType> = {},
  alsoWrite?: (folder: string) => void,
): Promise<void> {
  site = await startSite((config, appDir) => {
    writeType(appDir, { name: 'story', attributes: {}, ...type });
    alsoWrite?.(path.join(appDir, 'src/api/story'));
    config.contentTypes = { [STORY]: { title: 'title', text: { body: 1 } } };
    Object.assign(config, { cache: { maxAge: 600 } });
  });
  ids = [];
  for (let at = 0; at < 6; at += 1) {
    const body = `${BREAD[0]} zeppelin quokka${at} wombat${at} numbat${at} ${BREAD[1]}`;
    ids.push(await publishIn(site.strapi, 'story', { title: `En ${at}`, body }));
  }
  const rights = [RELATED_FIND, FIND_BY_TEXT, `${STORY}.find`, `${STORY}.findOne`];
  await grantPublic(site.strapi, rights);
  await site.settled();
  await appOf(site.strapi).index.check('deep');
}

async function asked(who: string, query = '') {
  const place = `/api/storys/${ids[0]}/related?fields=body${query}`;
  const { status, headers, text } = await site.http.get(place).set('x-who', who);
  return [status, headers['cache-control'], /zeppelin/.test(text) ? 'whole' : 'cut'];
}

/** Expects whole texts for callers who pay, then cut ones for the others; with a new address each time. */
async function expectCut(): Promise<void> {
  addresses += 1;
  const query = `&minScore=0.00${addresses}`;
  expect(await asked('payer', query)).toEqual([200, 'private, no-cache', 'whole']);
  expect(await asked('guest', query)).toEqual([200, 'private, no-cache', 'cut']);
  const body = { text: HIDDEN };
  const found = await site.http.post('/api/related-articles/storys').set('x-who', 'guest').send(body); // prettier-ignore
  expect([found.status, found.body.data]).toEqual([200, []]);
}

const CUT = `const cut = (found) => [found].flat().forEach((one) => {
  const who = strapi.requestContext.get()?.get('x-who');
  if (one && 'body' in one && who === 'guest') one.body = 'Subscribers only';
});`;

describe('while it runs', () => {
  beforeAll(() => start(), 60_000);
  afterAll(() => site.stop());

  const cut = ({ result }: Event) => {
    const who = site.strapi.requestContext.get()?.get('x-who');
    if (who !== 'guest') return;
    for (const one of [result].flat()) if (one && 'body' in one) one.body = 'Subscribers only';
  };
  class Paywall {
    readonly models = [STORY];
    afterFindMany(event: Event) {
      cut(event);
    }
    afterFindOne(event: Event) {
      cut(event);
    }
  }
  const subscribe = (one: object) =>
    site.strapi.db.lifecycles.subscribe(one as never) as unknown as () => void;
  const plainly = () => ({ models: [STORY], afterFindMany: cut, afterFindOne: cut });

  const ways: Record<string, () => () => void> = {
    'a subscriber of a class': () => subscribe(new Paywall()),
    'hooks that a subscriber gets later': () => {
      const later = { models: [STORY] };
      const end = subscribe(later);
      Object.assign(later, plainly());
      return end;
    },
    'one that subscribed twice and left once': () => {
      const twice = plainly();
      const end = subscribe(twice);
      subscribe(twice)();
      return end;
    },
    'another run of all hooks': () => {
      const lifecycles = site.strapi.db.lifecycles as unknown as {
        run(action: string, uid: string, event: Event): Promise<unknown>;
      };
      const { run } = lifecycles;
      lifecycles.run = async (...event) => {
        const states = await run.apply(lifecycles, event);
        if (/^afterFind/.test(event[0]) && event[1] === STORY) cut(event[2]);
        return states;
      };
      return () => Object.assign(lifecycles, { run });
    },
    'a sanitizer in place of the one that is there': () => {
      const registry = site.strapi.sanitizers;
      type Sanitizer = (schema: object) => (data: unknown) => Promise<Entry | Entry[]>;
      const before = registry.get('content-api.output') as unknown as Sanitizer[];
      const instead = before.map((one): Sanitizer => (schema) => async (data) => {
        const result = await one(schema)(data);
        cut({ result });
        return result;
      });
      registry.set('content-api.output', instead as never);
      return () => registry.set('content-api.output', before as never);
    },
  };

  test.each(Object.keys(ways))('%s', async (name) => {
    const end = ways[name]();
    try {
      await expectCut();
    } finally {
      end();
    }
  });
});

test('a lifecycles file that exports an instance of a class', async () => {
  const lifecycles = `(() => { ${CUT}
    return new (class {
      afterFindMany({ result }) { cut(result); }
      afterFindOne({ result }) { cut(result); }
    })();
  })()`;
  await start({ lifecycles });
  await expectCut();
  await site.stop();
});

test.each([
  ['a document middleware', `strapi.documents.use(async (call, next) => {
    const found = await next();
    if (call.uid === '${STORY}') cut(found);
    return found;
  });`],
  ['a subscriber', `strapi.db.lifecycles.subscribe({
    models: ['${STORY}'], afterFindMany: ({ result }) => cut(result), afterFindOne: ({ result }) => cut(result),
  });`],
])('%s of a module, as soon as it is loaded', async (_name, code) => {
  await start({}, (folder) => {
    const file = path.join(folder, 'services/story.js');
    fs.writeFileSync(file, `${CUT}\n${code}\n${fs.readFileSync(file, 'utf8')}`);
  });
  await expectCut();
  await site.stop();
}); // prettier-ignore
