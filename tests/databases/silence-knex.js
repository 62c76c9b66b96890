// Strapi makes its tables within a transaction, and knex says each time what MySQL does then.
const { log } = console;
console.log = (...args) => {
  if (!String(args[0]).startsWith('Transaction was implicitly committed')) log(...args);
};
