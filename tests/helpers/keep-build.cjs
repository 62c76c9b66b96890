// Strapi's commands compile the project anew, file by file, while other suites load what they replace.
require('@strapi/typescript-utils').compile = async () => undefined;
