/** Gives the module that Strapi itself loads; outside of jest there is only one of each. */
export const requireOutside: NodeRequire =
  (globalThis as { requireOutside?: NodeRequire }).requireOutside ?? require;
