// How a create's time grows with what is stored, and with the members it has, on both stores. `npm run bench -- growth [SIZE ...]`.
import { cpus } from 'node:os';
import { performance } from 'node:perf_hooks';
import { v7 as newId } from 'uuid';
import type { Store } from '../../server/store/store.ts';
import { CUSTOMERS, customerId, type Filled, fillPostgres, fillSqlite } from './growth-fill.ts';

/** Organizations that are there before, unless the command line says otherwise. */
const SIZES = [0, 100_000, 1_000_000];
const MEMBERS = [0, 10, 1_000, 10_000];

const ROUNDS = 20;
const CREATES_IN_ROUND = 50;

/** The median may grow by so much from the first size to the last. */
const GROWTH_LIMIT = 1.3;
/** Linear, and what an uneven disk may add to a median of a hundred. */
const LINEAR_LIMIT = 1.1;

interface Row {
  store: string;
  what: string;
  samples: number;
  p50Ms: number;
  p99Ms: number;
  /** Of the median, to the first row. */
  ratio: number;
}

/** Measures store by store. All sizes stand side by side and take turns, so that what else the machine does falls on each of them. */
export async function run(): Promise<void> {
  const sizes = process.argv.length > 3 ? process.argv.slice(3).map(Number) : SIZES;
  if (sizes.some((size) => !Number.isInteger(size) || size < 0)) throw new Error('Sizes are whole numbers.');
  console.log('| store | | creates | p50 | p99 | p50, ratio |\n| --- | --- | ---: | ---: | ---: | ---: |');
  const verdicts: string[] = [];
  for (const [store, fill] of [
    ['SQLite', fillSqlite],
    ['PostgreSQL', fillPostgres],
  ] as const) {
    const began = performance.now();
    await using filled = await fill(sizes);
    console.error(`${store}: filled in ${Math.round((performance.now() - began) / 1000)} s`);
    const bySize = await measureSizes(store, sizes, filled);
    const byMembers = await measureMembers(store, filled);
    print([...bySize, ...byMembers]);
    verdicts.push(...judge(store, bySize, byMembers));
  }
  for (const verdict of verdicts) console.log(verdict);
  console.log(
    `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}`,
  );
}

function judge(store: string, bySize: Row[], byMembers: Row[]): string[] {
  const says = (holds: boolean, what: string) => `${holds ? 'holds' : 'DOES NOT HOLD'}: ${store}, ${what}`;
  const growth = bySize.at(-1)?.ratio ?? Number.NaN;
  const [many, most] = byMembers.slice(-2);
  const perMember = (most?.p50Ms ?? Number.NaN) / (many?.p50Ms ?? Number.NaN) / 10;
  return [
    says(growth <= GROWTH_LIMIT, `median at the last size ${growth.toFixed(2)} of the first, at most ${GROWTH_LIMIT}`),
    says(
      perMember <= LINEAR_LIMIT,
      `10,000 members cost ${perMember.toFixed(2)} of ten times 1,000, at most ${LINEAR_LIMIT}`,
    ),
  ];
}

function print(rows: Row[]): void {
  for (const { store, what, samples, p50Ms, p99Ms, ratio } of rows)
    console.log(
      `| ${store} | ${what} | ${samples} | ${p50Ms.toFixed(2)} ms | ${p99Ms.toFixed(2)} ms | ${ratio.toFixed(2)} |`,
    );
}

async function measureSizes(store: string, sizes: number[], { stores, account }: Filled): Promise<Row[]> {
  const samples = stores.map((): number[] => []);
  for (const each of stores) await timeCreates(each, account, 10, CREATES_IN_ROUND); // Warms up caches and plans.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, each] of stores.entries())
      samples[index]?.push(...(await timeCreates(each, account, 10, CREATES_IN_ROUND)));
  }
  return summarize(
    store,
    sizes.map((size) => `${size.toLocaleString('en')} organizations before, 10 members`),
    samples,
  );
}

async function measureMembers(store: string, { stores, account }: Filled): Promise<Row[]> {
  const [first] = stores;
  if (!first) return [];
  const samples = MEMBERS.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, members] of MEMBERS.entries())
      samples[index]?.push(...(await timeCreates(first, account, members, members > 10 ? 5 : 20)));
  }
  return summarize(
    store,
    MEMBERS.map((members) => `${members.toLocaleString('en')} members`),
    samples,
  );
}

/** One after the other, in milliseconds. */
async function timeCreates(store: Store, account: string, members: number, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const start = Math.floor(Math.random() * CUSTOMERS);
    const [ownerId = '', ...memberIds] = Array.from({ length: members + 1 }, (_, offset) => customerId(start + offset));
    const began = performance.now();
    const outcome = await store.createOrganization({ account, id: newId(), ownerId, memberIds });
    times.push(performance.now() - began);
    if (outcome.kind !== 'created') throw new Error(`A create gave ${outcome.kind}.`);
  }
  return times;
}

function summarize(store: string, names: string[], samples: number[][]): Row[] {
  const at = (times: number[], part: number) =>
    times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0;
  const base = at(samples[0] ?? [], 0.5);
  return samples.map((times, index) => ({
    store,
    what: names[index] ?? '',
    samples: times.length,
    p50Ms: at(times, 0.5),
    p99Ms: at(times, 0.99),
    ratio: at(times, 0.5) / base,
  }));
}
