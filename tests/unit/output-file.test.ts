import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { outputFile } from 'plugin/config/output-file';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'output-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const at = (name: string) => path.join(folder, name);

test('the old file stays until the new one is complete, also behind a link', async () => {
  fs.writeFileSync(at('old'), 'first');
  fs.symlinkSync(at('old'), at('link'));
  for (const name of ['new', 'old', 'link']) {
    const output = await outputFile(at(name));
    fs.writeFileSync(output.path, name);
    if (name !== 'new') expect(fs.readFileSync(at('old'), 'utf8')).not.toBe(name);
    await output.keep();
    await output.drop();
    expect(fs.readFileSync(at(name), 'utf8')).toBe(name);
  }
  expect(fs.readlinkSync(at('link'))).toBe(at('old'));
  const output = await outputFile(at('old'));
  fs.writeFileSync(output.path, 'half');
  await output.drop();
  expect(fs.readFileSync(at('old'), 'utf8')).toBe('link');
  expect(fs.readdirSync(folder).sort()).toEqual(['link', 'new', 'old']);
});

test('devices, pipes and links to nowhere are written through', async () => {
  execFileSync('mkfifo', [at('pipe')]);
  fs.symlinkSync(at('nowhere'), at('lost'));
  fs.symlinkSync('/dev/null', at('null'));
  for (const file of [at('pipe'), at('lost'), at('null'), '/dev/null', '/dev/stdout']) {
    const output = await outputFile(file);
    expect(output.path).toBe(file);
    await output.keep();
    await output.drop();
    expect(fs.lstatSync(file)).toBeTruthy();
  }
});
