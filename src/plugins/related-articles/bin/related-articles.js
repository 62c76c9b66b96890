#!/usr/bin/env node
'use strict';

const { existsSync } = require('node:fs');
const path = require('node:path');

const cli = path.join(__dirname, '../dist/cli/index.js');
if (!existsSync(cli)) {
  console.error('related-articles: the plugin is not built yet. Run "npm run build" first.');
  process.exit(1);
}
require(cli).run(process.argv);
