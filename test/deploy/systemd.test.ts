// The systemd unit, checked by systemd-analyze. It is not run, which would need systemd as the first process.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { temporaryFolder } from '../support/temporary-folder.ts';
import { DEPLOY, runTool } from './run-tool.ts';

const UNIT = 'customer-organizations.service';

/** A copy with an existing program, because systemd-analyze checks that it exists. */
async function copyUnit(): Promise<string> {
  const text = await readFile(join(DEPLOY, UNIT), 'utf8');
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const path = join(folder.path, UNIT);
  await writeFile(path, text.replace('ExecStart=/usr/bin/node', `ExecStart=${process.execPath}`));
  return path;
}

it('systemd-analyze verify reports nothing about the unit', async () => {
  const ran = await runTool('systemd-analyze', ['verify', '--man=no', await copyUnit()]);

  expect(ran).toMatchObject({ code: 0, stderr: '' });
});

it('systemd-analyze security rates the exposure of the unit below 2 of 10', async () => {
  const ran = await runTool('systemd-analyze', ['security', '--offline=true', '--threshold=20', await copyUnit()]);

  expect(ran.code, ran.stdout).toBe(0);
});

it('has the V8 flags of npm start', async () => {
  const text = await readFile(join(DEPLOY, UNIT), 'utf8');
  const flags = manifest.scripts.start.match(/--(?!require)[\w-]+(=\d+)?/g);

  expect(flags?.filter((flag) => !text.includes(flag))).toEqual([]);
});
