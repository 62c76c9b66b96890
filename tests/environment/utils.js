// What stands for @strapi/utils in a sandbox: Strapi's own, so that its errors are the same.
module.exports = globalThis.requireOutside('@strapi/utils');
