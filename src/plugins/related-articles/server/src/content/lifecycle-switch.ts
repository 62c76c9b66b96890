import type { Core } from '@strapi/strapi';

type Run = (
  action: string,
  uid: string,
  properties: object,
  states?: Map<unknown, unknown>,
) => Promise<unknown>;

/** The part of Strapi's lifecycles that is used here. */
interface Lifecycles {
  run: Run;
  disable(): void;
  enable(): void;
  createEvent(action: string, uid: string, properties: object, state: object): unknown;
}

const stands = new WeakMap<object, unknown>();

/** Returns the function that really runs lifecycles, not the one that replaces it while they are switched off. */
export const runOf = (lifecycles: { run: unknown }): unknown =>
  stands.get(lifecycles.run as object) ?? lifecycles.run;

/**
 * Listens to lifecycles even while they are switched off. Strapi switches them off in the whole process while it
 * transfers content, which may take hours, and editors keep working. Scripts of a project may do the same.
 *
 * @param hear Called with the events that subscribers would get.
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
      // Other code may have wrapped this function meanwhile, and may call it later.
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
