import type { Core } from '@strapi/strapi';

type Run = (
  action: string,
  uid: string,
  properties: object,
  states?: Map<unknown, unknown>,
) => Promise<unknown>;

/** As far as it is used here. */
interface Lifecycles {
  run: Run;
  disable(): void;
  enable(): void;
  createEvent(action: string, uid: string, properties: object, state: object): unknown;
}

const stands = new WeakMap<object, unknown>();

/** What runs lifecycles, without what stands in for it while they are switched off. */
export const runOf = (lifecycles: { run: unknown }): unknown =>
  stands.get(lifecycles.run as object) ?? lifecycles.run;

/**
 * Strapi switches all lifecycles of the process off while content is transferred to or from it, which may take hours, and
 * editors go on meanwhile. So may scripts of a project.
 *
 * @param hear Called with what subscribers would be told.
 * @param onBack Called when they are switched on again.
 */
export function hearWhileOff<Event>(
  strapi: Core.Strapi,
  hear: (event: Event) => Promise<void>,
  onBack: () => void,
): void {
  const lifecycles = strapi.db.lifecycles as unknown as Lifecycles;
  const { disable, enable } = lifecycles;
  let standIn: Run | null = null;
  lifecycles.disable = () => {
    disable.call(lifecycles);
    if (standIn) return;
    const { run } = lifecycles;
    const own: Run = async (action, uid, properties, states) => {
      // Somebody may have wrapped it meanwhile, and call it later.
      const isOff = standIn === own;
      const after = await run.call(lifecycles, action, uid, properties, states);
      if (isOff) await hear(lifecycles.createEvent(action, uid, properties, {}) as Event);
      return after;
    };
    stands.set(own, run);
    standIn = own;
    lifecycles.run = own;
  };
  lifecycles.enable = () => {
    enable.call(lifecycles);
    if (!standIn) return;
    if (lifecycles.run === standIn) lifecycles.run = stands.get(standIn) as Run;
    standIn = null;
    onBack();
  };
}
