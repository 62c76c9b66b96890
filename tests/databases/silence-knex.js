// Strapi makes its tables within a transaction, and knex says each time what MySQL does then.
const console = globalThis.requireOutside('node:console');
const { log } = console;
if (!log.isQuiet) {
  console.log = (...args) => {
    if (!String(args[0]).startsWith('Transaction was implicitly committed')) log(...args);
  };
  console.log.isQuiet = true;
}
