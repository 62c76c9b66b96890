// Only for the suites of this project: what its set-up starts is known to all others of the same run as well.
process.env.RELATED_ARTICLES_SEARCH_NODES = process.env.TEST_SEARCH_NODES;
if (process.env.SEARCH_SERVER)
  process.env.RELATED_ARTICLES_SEARCH_CLIENT = process.env.SEARCH_SERVER;
