import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { writeWhole } from 'plugin/config/output-file';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'whole-file-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

test('a file is replaced, also behind a link, and nothing else is left', async () => {
  const file = path.join(folder, 'a.json');
  const link = path.join(folder, 'link.json');
  await writeWhole(file, 'one');
  fs.symlinkSync(file, link);
  await writeWhole(link, 'two');
  expect(fs.readFileSync(file, 'utf8')).toBe('two');
  expect(fs.readdirSync(folder).sort()).toEqual(['a.json', 'link.json']);
});

test('a file that only its owner may read stays so', async () => {
  const file = path.join(folder, 'secret.js');
  fs.writeFileSync(file, 'one', { mode: 0o600 });
  await writeWhole(file, 'two');
  expect(fs.readFileSync(file, 'utf8')).toBe('two');
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
});

test('names a file that cannot be written, and keeps the old one', async () => {
  const file = path.join(folder, 'kept.json');
  await writeWhole(file, 'kept');
  const failing = jest.spyOn(fs.promises, 'rename').mockRejectedValue(new Error('ENOSPC: no space left on device')); // prettier-ignore
  await expect(writeWhole(file, 'new')).rejects.toThrow(/kept\.json cannot be written: ENOSPC/);
  failing.mockRestore();
  expect(fs.readFileSync(file, 'utf8')).toBe('kept');
  expect(fs.readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
});
