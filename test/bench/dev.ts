// `npm run bench -- dev`: how long after openapi.yaml is saved mock, server, types and site follow, each asked for what was saved.
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { CONTRACT, DevProcess } from '../support/dev-process.ts';
import { exchange, send } from '../support/http.ts';
import { median } from './speed.ts';

const SAVES = 7;
/** Ready is not yet idle: what `npm run dev` does then must not cost the first save its pace. */
const FIRST_AFTER_MS = 6000;
/** What goes on after a save, the check of the tests, is not part of the next. */
const PAUSE_MS = 3000;

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const MEMBER = 'e309e948-088e-4d77-b654-cd85498f1555';

type Times = Record<'server' | 'mock' | 'types' | 'site' | 'all', number>;

export async function run(): Promise<void> {
  const [first, ...later] = await saves({ count: 1 + SAVES, afterMs: FIRST_AFTER_MS });
  const [atOnce] = await saves({ count: 1, afterMs: 0 });
  console.log(
    `Milliseconds from a save until all of it is seen: ${SAVES} saves after the first, the first ${FIRST_AFTER_MS / 1000} s after it was ready, and in another start at that instant:`,
  );
  for (const name of ['server', 'mock', 'types', 'site', 'all'] as const) {
    const each = later.map((times) => times[name]);
    console.log(
      `${name.padEnd(8)} median ${Math.round(median(each))}, worst ${Math.round(Math.max(...each))}; the first ${Math.round(first?.[name] ?? Number.NaN)}; at once ${Math.round(atOnce?.[name] ?? Number.NaN)}`,
    );
  }
}

/** Starts it, waits that long after it is ready, and saves so many times, each as after a pause of its user: nothing is left of the save before. */
async function saves({ count, afterMs }: { count: number; afterMs: number }): Promise<Times[]> {
  await using dev = await DevProcess.start();
  const contract = await readFile(dev.file(CONTRACT), 'utf8');
  const each: Times[] = [];
  await setTimeout(afterMs);
  for (let limit = 2; limit < 2 + count; limit += 1) {
    if (limit > 2) await setTimeout(PAUSE_MS);
    each.push(await save(dev, contract.replaceAll('maxItems: 10000\n', `maxItems: ${limit}\n`), limit));
  }
  return each;
}

async function save(dev: DevProcess, contract: string, limit: number): Promise<Times> {
  const from = dev.now;
  const startedMs = performance.now();
  await writeFile(dev.file(CONTRACT), contract);
  const saw = async (name: string, check?: () => Promise<void>) => {
    await dev.upToDate(name, from);
    await check?.();
    return performance.now() - startedMs;
  };
  const served = saw('server', () => refuses(dev.urls.server, limit));
  const [server, mock, types, site] = await Promise.all([
    served,
    saw('mock', () => refuses(dev.urls.mock, limit)),
    saw('types'),
    // It is the server that serves it.
    saw('site', () => served.then(() => tells(dev.urls.server, limit))),
  ]);
  return { server, mock, types, site, all: Math.max(server, mock, types, site) };
}

async function refuses(url: string, limit: number): Promise<void> {
  const memberIds = Array.from({ length: limit + 1 }, () => MEMBER);
  const { status, text } = await send(url, { body: { ownerId: OWNER, memberIds } });
  if (status !== 400 || !text.includes(`at most ${limit} items`)) throw new Error(`${url} answered ${status}: ${text}`);
}

async function tells(url: string, limit: number): Promise<void> {
  const { text } = await exchange(url, { method: 'GET', path: '/' });
  if (
    !text.includes(`<= ${limit} items`) &&
    !text.includes(`&lt;= ${limit} items`) &&
    !text.includes(` ${limit} items`)
  )
    throw new Error(`The site does not tell of ${limit} items.`);
}
