// The files of a site that was built before: only changed files are compressed again.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { writeSite } from '../../openapi/reference/build/write-site.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

it('reuses the compressed forms of an unchanged file', async () => {
  await using folder = await temporaryFolder();
  const [before, after] = [join(folder.path, 'before'), join(folder.path, 'after')];
  await Promise.all([mkdir(before), mkdir(after)]);
  const assets = [
    { name: 'same.md', content: 'same' },
    { name: 'changed.md', content: 'before' },
    { name: 'lost.md', content: 'lost' },
  ];
  await writeSite(before, assets);
  // Their content shows where they come from.
  for (const { name } of assets) await writeFile(join(before, `${name}.gz`), 'of before');
  const files = JSON.parse(await readFile(join(before, 'files.json'), 'utf8'));
  const { 'lost.md': _, ...listed } = files;
  await writeFile(join(before, 'files.json'), JSON.stringify(listed));

  await writeSite(
    after,
    assets.map((asset) => (asset.name === 'changed.md' ? { ...asset, content: 'after' } : asset)),
    before,
  );

  const compressed = (name: string) => readFile(join(after, `${name}.gz`));
  expect(String(await compressed('same.md'))).toBe('of before');
  expect(String(gunzipSync(await compressed('changed.md')))).toBe('after');
  expect(String(gunzipSync(await compressed('lost.md')))).toBe('lost');
});

it('compresses everything when there is no earlier site', async () => {
  await using folder = await temporaryFolder();

  await writeSite(folder.path, [{ name: 'a.md', content: 'text' }], join(folder.path, 'nothing'));

  expect(String(gunzipSync(await readFile(join(folder.path, 'a.md.gz'))))).toBe('text');
});
