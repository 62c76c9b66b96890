#!/usr/bin/env node
'use strict';

const { existsSync } = require('node:fs');
const path = require('node:path');

const cli = path.join(__dirname, '../dist/cli/index.js');
if (!existsSync(cli)) {
  console.error('related-articles: the plugin is not built yet. Run "npm run build" first.');
  process.exit(1);
}
// Standard output belongs to the command's answer; the project's code and its database client print to it as they like.
for (const method of ['log', 'info', 'debug']) console[method] = console.error;
require(cli).run(process.argv);
