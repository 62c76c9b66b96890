import path from 'node:path';
import ts from 'typescript';

const folder = path.resolve(__dirname, '../types');

test('the configuration is checked against the generated types: what is misspelt does not compile', () => {
  const file = path.join(folder, 'tsconfig.json');
  const { config } = ts.readConfigFile(file, ts.sys.readFile);
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  expect(fileNames).toContain(path.join(folder, 'config.ts'));
  const program = ts.createProgram(fileNames, options);
  const messages = ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  expect(messages).toEqual([]);
});
