import { appOf } from 'plugin/app';
import { DATABASE, startDatabase, type TestDatabase } from '../helpers/databases';
import { differences, listsOf, rebuilt, saved, surveyDifferences } from '../helpers/in-step';
import { BREAD, MOON } from '../helpers/texts';
import { Site } from './site';

/** Writes; each step says what was done. */
type Steps = AsyncGenerator<string>;

export interface Scenario {
  surface: string;
  what: string;
  steps: (site: Site) => Steps;
  /** Whether the index does not know of the writes before a check. */
  pastStrapi?: boolean;
  /** Whether the lists stay the same through all steps. */
  changesNothing?: boolean;
}

export const NEW = { title: 'New', body: BREAD[1] };
export const OTHER = { title: 'Other', body: `${BREAD[2]} ${MOON[0]}` };

/** One test per scenario; each step is compared with a new index of what the database holds. */
export function describeScenarios(scenarios: readonly Scenario[]): void {
  let database: TestDatabase;
  let site: Site;

  beforeAll(async () => {
    database = await startDatabase(DATABASE);
    site = await Site.start(database);
  });
  afterAll(async () => {
    await site?.running.stop();
    await database?.remove();
  });

  test.each(
    scenarios.map(
      (scenario) => [`${DATABASE}, ${scenario.surface}: ${scenario.what}`, scenario] as const,
    ),
  )('%s', async (_name, { steps, pastStrapi, changesNothing }) => {
    const states = new Set<string>();
    const see = async (step: string) => {
      await site.settled({ pastStrapi });
      expect({ step, differences: await differences(site.strapi) }).toEqual({
        step,
        differences: [],
      });
      const fresh = await listsOf(await rebuilt(site.strapi), await saved(site.strapi));
      const ids = Object.entries(fresh).map(([key, list]) => [
        key,
        list?.map(({ documentId }) => documentId),
      ]);
      expect({ step, served: await site.served() }).toEqual({
        step,
        served: Object.fromEntries(ids),
      });
      states.add(JSON.stringify(fresh));
    };
    await see('at the beginning');
    await surveyDifferences(site.strapi);
    for await (const step of steps(site)) await see(step);
    // Only once, because figures rest for a second after each look.
    expect(await surveyDifferences(site.strapi)).toEqual([]);
    // A scenario that changed nothing has tested nothing.
    if (changesNothing) expect(states.size).toBe(1);
    else expect(states.size).toBeGreaterThan(1);
    expect(appOf(site.strapi).index.health().troubles).toEqual([]);
  });
}
