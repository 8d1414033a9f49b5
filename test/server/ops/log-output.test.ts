// The output of the log: in batches, and unaffected by its reader.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { LogLine } from '../../support/log-lines.ts';
import { ROOT } from '../../support/project-copy.ts';

/** A process that logs to its standard output as the server does. `program` has the log as `log`. */
function startLogger(program: string) {
  const code = `
    import { createLog } from './server/ops/log.ts';
    const log = await createLog('info');
    ${program}`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', code], { cwd: ROOT });
  onTestFinished(() => void child.kill('SIGKILL'));
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  return { child, ended: once(child, 'exit').then(([exitCode]) => exitCode), errors: () => errors };
}

/** Everything that the process writes from now on, as lines. */
async function readLines(stream: Readable): Promise<LogLine[]> {
  return (await text(stream))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('lines that are written in batches', () => {
  it('are all complete and in order, whatever their length and characters', async () => {
    const { child, ended } = startLogger(`
      for (const letter of ['é', '漢', '😀', 'a'])
        for (const length of [1, 1000, 21_845, 21_846, 50_000, 200_000]) log.info({ text: letter.repeat(length) });`);

    const lines = await readLines(child.stdout);

    expect(lines.map(({ text }) => text)).toEqual(
      ['é', '漢', '😀', 'a'].flatMap((letter) =>
        [1, 1000, 21_845, 21_846, 50_000, 200_000].map((length) => letter.repeat(length)),
      ),
    );
    expect(await ended).toBe(0);
  });

  it('are written without a further line, while the process runs', async () => {
    const { child } = startLogger(`log.info('first'); setInterval(() => undefined, 60_000);`);

    const [chunk] = await once(child.stdout, 'data');

    expect(JSON.parse(String(chunk))).toMatchObject({ msg: 'first' });
  });

  it.each([
    ['process.exit', 'process.exit(3)', 3],
    ['an uncaught error', `throw new Error('unforeseen')`, 1],
  ])('are all written when the process ends by %s', async (_, end, code) => {
    const { child, ended } = startLogger(`for (let n = 0; n < 1000; n++) log.info({ n }); ${end};`);

    const lines = await readLines(child.stdout);

    // A batch that the system is writing at the exit may come after later ones.
    const numbers = lines.map(({ n }) => Number(n)).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 1000 }, (_, n) => n));
    expect(await ended).toBe(code);
  });
});

describe('the log', () => {
  it('does not block when its reader stalls: 8 MiB are buffered, the rest is dropped and counted', async () => {
    const { child, errors } = startLogger(`
      let n = 0;
      const write = () => {
        for (let count = 0; count < 1000; count++) log.info({ n: n++, text: 'x'.repeat(1000) });
        if (n < 50_000) setImmediate(write);
        else process.stderr.write(JSON.stringify({ rss: process.memoryUsage().rss }));
      };
      write();
      setInterval(() => undefined, 60_000);`);

    // It reports only when it has written everything, and so far nobody has read anything.
    await vi.waitFor(() => expect(errors()).toMatch(/}$/), { timeout: 20_000 });
    expect(JSON.parse(errors()).rss).toBeLessThan(200 * 1_048_576);
    const lines: LogLine[] = [];
    for await (const line of createInterface(child.stdout)) {
      lines.push(JSON.parse(line));
      if (lines.at(-1)?.level === 'warn') break;
    }

    const kept = lines.length - 1;
    expect(lines.at(-1)).toMatchObject({ msg: 'lines of the log were dropped, because its reader was too slow' });
    expect(kept + Number(lines.at(-1)?.lines)).toBe(50_000);
    expect(lines.slice(0, -1).map(({ n }) => n)).toEqual(Array.from({ length: kept }, (_, n) => n));
    expect(kept).toBeGreaterThan(7000);
  });

  it('does not keep the process from ending when its reader does not read', async () => {
    const { ended } = startLogger(`
      for (let n = 0; n < 1000; n++) log.info({ text: 'x'.repeat(1000) });
      setTimeout(() => process.exit(0), 500);`);

    expect(await ended).toBe(0);
  });

  it.each([
    ['while the process goes on', `setInterval(() => log.info('on'), 50); setTimeout(() => process.exit(0), 1000);`],
    ['at its end', `setTimeout(() => { log.info('last'); process.exit(0); }, 500);`],
  ])('does not end the process when it exits: %s', async (_, program) => {
    const { child, ended, errors } = startLogger(program);
    child.stdout.destroy();

    expect(await ended).toBe(0);
    expect(errors()).toBe('');
  });
});
