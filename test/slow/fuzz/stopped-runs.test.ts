// `npm run fuzz` that is stopped leaves no target running.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { ROOT } from '../../support/project-copy.ts';

describe('a run of the fuzzer that is stopped', () => {
  /** Starts the command. Resolves with it and the URLs of its targets once it sends requests. */
  async function start() {
    const [, ...args] = manifest.scripts.fuzz.split(' ');
    const child = spawn(process.execPath, [...args, '--seconds', '600'], { cwd: ROOT });
    onTestFinished(() => void child.kill('SIGKILL'));
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    await vi.waitFor(() => expect(stderr).toContain('Fuzzing'), 20_000);
    const urls = stderr.match(/http:\/\/\S+/g) ?? [];
    return { child, urls, closed: once(child, 'close'), read: () => ({ stdout, stderr }) };
  }

  it.each(['SIGINT', 'SIGTERM'] as const)('by %s says what it sent, and ends its targets', async (signal) => {
    const { child, urls, closed, read } = await start();

    child.kill(signal);

    expect(await closed).toEqual([2, null]);
    const { stdout, stderr } = read();
    expect(stdout).toMatch(/^[\d,]+ requests, 0 findings\.$/m);
    expect(stderr).toMatch(new RegExp(`^Stopped by ${signal}\\.$`, 'm'));
    expect(urls).toHaveLength(2);
    for (const url of urls) await expect(fetch(url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });

  it('by a closed pipe ends its targets', async () => {
    const { child, urls, closed } = await start();

    child.stdout.destroy();
    child.stderr.destroy();

    expect(await closed).toEqual([2, null]);
    expect(urls).toHaveLength(2);
    for (const url of urls) await expect(fetch(url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });

  it('by SIGKILL ends its targets', async () => {
    const { child, urls, closed } = await start();

    child.kill('SIGKILL');

    expect(await closed).toEqual([null, 'SIGKILL']);
    expect(urls).toHaveLength(2);
    for (const url of urls)
      await vi.waitFor(() => expect(fetch(url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } }), 5000);
  });

  it('by a full disk says so', async () => {
    const [, ...args] = manifest.scripts.fuzz.split(' ');
    const full = openSync('/dev/full', 'w');
    onTestFinished(() => closeSync(full));
    const child = spawn(process.execPath, [...args, '--target', 'mock', '--requests', '1'], {
      cwd: ROOT,
      stdio: ['ignore', full, 'pipe'],
    });
    let stderr = '';
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });

    expect(await once(child, 'close')).toEqual([2, null]);
    expect(stderr).toMatch(/^Cannot write the output: ENOSPC: no space left on device, write\.$/m);
  });
});
