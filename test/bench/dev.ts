// `npm run bench -- dev`: how long after openapi.yaml is saved mock, server, types and site follow, each asked for what was saved.
import { readFile, writeFile } from 'node:fs/promises';
import { CONTRACT, DevProcess } from '../dev-process.ts';
import { exchange, send } from '../http.ts';
import { median } from './speed.ts';

const SAVES = 7;
/** The first ones find code that is not compiled yet; they are told apart. */
const FIRST = 1;

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const MEMBER = 'e309e948-088e-4d77-b654-cd85498f1555';

export async function run(): Promise<void> {
  await using dev = await DevProcess.start();
  const contract = await readFile(dev.file(CONTRACT), 'utf8');
  const times: Record<string, number[]> = { server: [], mock: [], types: [], site: [] };
  for (let limit = 2; limit < 2 + FIRST + SAVES; limit += 1) {
    // As after a pause of its user: nothing is left of the save before.
    const from = dev.now;
    const startedMs = performance.now();
    await writeFile(dev.file(CONTRACT), contract.replaceAll('maxItems: 10000\n', `maxItems: ${limit}\n`));
    const saw = async (name: string, check: () => Promise<void>) => {
      await dev.upToDate(name, from);
      await check();
      times[name]?.push(performance.now() - startedMs);
    };
    const served = saw('server', () => refuses(dev.urls.server, limit));
    await Promise.all([
      served,
      saw('mock', () => refuses(dev.urls.mock, limit)),
      saw('types', async () => undefined),
      // It is the server that serves it.
      saw('site', () => served.then(() => tells(dev.urls.server, limit))),
    ]);
    await settled();
  }
  console.log(`Milliseconds from the save until all of it is seen, ${SAVES} saves after the first:`);
  for (const [name, each] of Object.entries({ ...times, all: last(Object.values(times)) })) {
    const [first = 0, ...warm] = each.map(Math.round);
    console.log(
      `${name.padEnd(8)} median ${Math.round(median(warm))}, worst ${Math.max(...warm)}; the first save ${first}`,
    );
  }
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

/** The latest of each save. */
function last(series: number[][]): number[] {
  const [first = []] = series;
  return first.map((_, save) => Math.max(...series.map((each) => each[save] ?? 0)));
}

/** What goes on after a save, the check of the tests, is not part of the next. */
function settled(): Promise<void> {
  return new Promise((settle) => setTimeout(settle, 3000));
}
