// What stands for @strapi/strapi in a sandbox.
module.exports = globalThis.requireOutside('@strapi/strapi');
