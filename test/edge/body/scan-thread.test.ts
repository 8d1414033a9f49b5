// Bodies that are scanned in another thread: same results and errors as in this one, which stays free meanwhile.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import { BodyBlocks } from '../../../server/edge/body/body-blocks.ts';
import type { SentBody } from '../../../server/edge/body/read-body.ts';
import { parseBody, scanDecoded } from '../../../server/edge/body/scan/scan-body.ts';
import { ScanThread } from '../../../server/edge/body/scan/scan-thread.ts';
import type { Coding } from '../../../server/edge/body/sync-decompressor.ts';
import { ApiError } from '../../../server/edge/errors.ts';
import { cutOf, isRejected, type ScanRules, scanRulesOf } from '../../../server/edge/json/parse.ts';
import { MemoryBudget } from '../../../server/edge/memory/memory-budget.ts';
import { RequestMemory } from '../../../server/edge/memory/request-memory.ts';
import { createExplain } from '../../../server/edge/violations/explain.ts';
import { ATTACK_BODIES } from '../../support/bodies/attack-bodies.ts';
import { encodeAttack } from '../../support/bodies/body-parts.ts';
import { slowBrotli } from '../../support/bodies/slow-to-decompress.ts';
import { UNKNOWN_CUSTOMERS } from '../../support/bodies/unknown-customers.ts';
import { entry } from '../../support/contract/operation.ts';
import { ROOT } from '../../support/project-copy.ts';
import { MIB } from '../../support/units.ts';

const rules = scanRulesOf(contract, entry, 100);
const explain = createExplain(contract, entry);
const thread = new ScanThread();

function createMemory(): RequestMemory {
  return new RequestMemory(new MemoryBudget(1_000_000_000));
}

function toSent(bytes: Buffer, coding?: Coding, chunk = 50_000): SentBody {
  const memory = createMemory();
  const blocks = new BodyBlocks(memory, MIB);
  for (let at = 0; at < bytes.length; at += chunk) blocks.append(Buffer.from(bytes.subarray(at, at + chunk)));
  return { blocks, coding, memory };
}

/** The value and everything that is known about it. */
function describeBody(body: unknown) {
  const { violations, total } = explain({ path: {}, query: {}, header: {}, body });
  return { body, isCut: cutOf(body) !== undefined, isRejected: isRejected(body), violations, total };
}

/** All that is known about an error, but for the class of its cause. */
function describeError(error: unknown) {
  if (!(error instanceof ApiError)) throw error;
  const { type, status, message, details, headers, cause } = error;
  return { type, status, message, details, headers, cause: cause instanceof Error && cause.message };
}

/** The nice value of a thread of this process: proc_pid_stat(5). The name of the thread may have spaces. */
async function niceOf(id: string | number): Promise<number> {
  const stat = await readFile(`/proc/self/task/${id}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
}

const UNAVAILABLE = { name: 'ApiError', type: 'Unavailable', headers: { 'Retry-After': 2 } };

const BODIES = Object.entries({ ...ATTACK_BODIES, ...UNKNOWN_CUSTOMERS }).filter(
  ([, attack]) => encodeAttack(attack, 200_000).headers['content-encoding'] === undefined,
);

/** Scans a body, and prints what remains of it. */
const SCAN_SCRIPT = `
  const { ScanThread } = await import('./server/edge/body/scan/scan-thread.ts');
  const { BodyBlocks } = await import('./server/edge/body/body-blocks.ts');
  const outline = { schema: {}, types: 63, leastBytes: 0, mostBytes: Infinity };
  const blocks = new BodyBlocks({ tryAdd: () => true, release() {} }, 2);
  blocks.append(Buffer.from('{}'));
  const waiting = setTimeout(() => {}, 20_000);
  const { remaining } = await new ScanThread().scan({ blocks }, { outline, limit: 1 }, false);
  clearTimeout(waiting);
  console.log(String(remaining.text));`;

describe('the thread that scans bodies', () => {
  it.each(BODIES)('finds the same as this thread: %s', async (_, attack) => {
    const { body } = encodeAttack(attack, 200_000);
    const bytes = Buffer.from(body);
    const expected = (() => {
      try {
        return describeBody(parseBody(scanDecoded(bytes, rules, false), createMemory()));
      } catch (error) {
        return error;
      }
    })();

    const scanned = thread.scan(toSent(bytes), rules, true);

    if (expected instanceof ApiError)
      return expect(scanned.catch(describeError)).resolves.toEqual(describeError(expected));
    const result = await scanned;
    expect(describeBody(parseBody(result, createMemory()))).toStrictEqual(expected);
    expect(result.length).toBe(bytes.length);
    expect(result.decoded?.equals(bytes)).toBe(true);
  });

  it.each([1, 100, 4096, 40_000])('decompresses bodies that arrived in chunks of %i bytes', async (chunk) => {
    const text = Buffer.from(JSON.stringify({ ownerId: 'x'.repeat(20_000), memberIds: [] }));
    const value = JSON.parse(text.toString());

    const results = await Promise.all([
      thread.scan(toSent(gzipSync(text), 'gzip', chunk), rules, true),
      thread.scan(toSent(brotliCompressSync(text), 'br', chunk), rules, false),
      thread.scan(toSent(text, undefined, chunk), rules, false),
      thread.scan(toSent(gzipSync(''), 'gzip', chunk), rules, true),
    ]);

    expect(results.map((each) => parseBody(each, createMemory()))).toEqual([value, value, value, undefined]);
    expect(results.map(({ decoded }) => decoded?.toString())).toEqual([text.toString(), undefined, undefined, '']);
    expect(results.map(({ length }) => length)).toEqual([text.length, text.length, text.length, 0]);
  });

  it('rejects with the errors of the API', async () => {
    const bomb = thread.scan(toSent(gzipSync(Buffer.alloc(2 * MIB)), 'gzip'), rules, false);
    const invalid = thread.scan(toSent(Buffer.from('no gzip'), 'gzip'), rules, false);
    const costly = thread.scan(toSent(slowBrotli(300_000, '{}'), 'br'), rules, false);

    await expect(bomb).rejects.toMatchObject({ name: 'ApiError', type: 'PayloadTooLarge', status: 413 });
    await expect(invalid).rejects.toMatchObject({ type: 'MalformedJson', message: 'The body is not valid gzip.' });
    await expect(costly).rejects.toMatchObject({ type: 'Unavailable', headers: { 'Retry-After': 2 } });
  });

  it('counts the memory that the value will need', async () => {
    const { parsedBytes } = await thread.scan(toSent(Buffer.from(`{"ownerId":"${'x'.repeat(50_000)}"}`)), rules, false);

    expect(parsedBytes).toBeGreaterThan(50_000);
  });

  it('leaves this thread to others meanwhile', async () => {
    const { body } = encodeAttack(ATTACK_BODIES['unknown properties'] ?? expect.unreachable(), MIB);
    const countTurns = async () => {
      let [turns, isOver] = [0, false];
      const count = () => {
        turns++;
        if (!isOver) setImmediate(count);
      };
      const scanned = thread.scan(toSent(Buffer.from(body)), rules, false);
      setImmediate(count);
      await scanned;
      isOver = true;
      return turns;
    };

    // The system may halt this thread, or give its core to the other, during one scan.
    await vi.waitFor(async () => expect(await countTurns()).toBeGreaterThan(10), 20_000);
  });

  it('has a lower priority than this thread', async () => {
    await thread.scan(toSent(Buffer.from('{}')), rules, false);

    const own = await niceOf(process.pid);
    // Threads may end meanwhile.
    const nice = await Promise.allSettled((await readdir('/proc/self/task')).map(niceOf));

    expect(nice).toContainEqual({ status: 'fulfilled', value: Math.min(19, own + 10) });
  });

  it('starts again after a crash, which only the body at which it crashed may have caused', async () => {
    const broken = { outline: undefined, limit: 100 } as unknown as ScanRules;
    const own = new ScanThread();
    const body = () => toSent(Buffer.from('{}'));

    await own.scan(body(), rules, false);
    const results = await Promise.allSettled([own.scan(body(), broken, false), own.scan(body(), rules, false)]);

    expect(results).toMatchObject([
      { status: 'rejected', reason: { name: 'Error', message: 'The thread that scans bodies crashed.' } },
      { status: 'rejected', reason: UNAVAILABLE },
    ]);
    expect(parseBody(await own.scan(body(), rules, false), createMemory())).toEqual({});
  });

  it('is unavailable while the system has no room for a thread', async () => {
    let workers = 0;
    const own = new ScanThread(() => {
      if (workers++ === 0) throw new Error('ERR_WORKER_INIT_FAILED: EAGAIN');
      // It ends before it runs.
      const worker = new Worker('', { eval: true });
      void worker.terminate();
      return worker;
    });
    const scan = async () => own.scan(toSent(Buffer.from('{}')), rules, false);

    await expect(scan()).rejects.toMatchObject(UNAVAILABLE);
    await expect(scan()).rejects.toMatchObject(UNAVAILABLE);
  });

  it.each([undefined, 'gzip'] as const)('is this thread where no other can start: %s', async (coding) => {
    const own = new ScanThread(() => undefined);
    const text = JSON.stringify({ ownerId: 'a', memberIds: Array.from({ length: 10_000 }, String) });
    const sent = coding ? gzipSync(text) : Buffer.from(text);

    const first = await own.scan(toSent(sent, coding), rules, true);
    // The next body must not overwrite the first.
    await own.scan(toSent(Buffer.from('[]'.padEnd(100_000))), rules, false);

    expect(first.decoded?.toString()).toBe(text);
    expect(describeBody(parseBody(first, createMemory()))).toStrictEqual(
      describeBody(parseBody(scanDecoded(Buffer.from(text), rules, false), createMemory())),
    );
    await expect(own.scan(toSent(Buffer.from('[')), rules, false)).rejects.toMatchObject({ type: 'MalformedJson' });
  });

  it('does not end a process with little address space', async () => {
    const { stdout } = await promisify(execFile)(
      'sh',
      ['-c', 'ulimit -v 1500000 && exec "$0" --input-type=module --eval "$1"', process.execPath, SCAN_SCRIPT],
      { cwd: ROOT, timeout: 20_000 },
    );

    expect(stdout).toBe('{}\n');
  });

  it('does not keep the process running', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', SCAN_SCRIPT], {
      cwd: ROOT,
      timeout: 20_000,
    });

    expect(stdout).toBe('{}\n');
  });
});
