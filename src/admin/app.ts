/** Languages that editors can choose in their profile, beside English. */
export default {
  config: { locales: ['de', 'es', 'fr'] },
  bootstrap() {},
};
