/** Gives the module that Strapi itself loads, not jest's copy; outside jest, there is only one of each. */
export const requireOutside: NodeRequire =
  (globalThis as { requireOutside?: NodeRequire }).requireOutside ?? require;
