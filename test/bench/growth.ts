// `npm run bench -- growth [SIZE ...]`: measures how the duration of a create grows with the stored organizations and
// with the number of members, on both stores.
import { cpus } from 'node:os';
import { performance } from 'node:perf_hooks';
import { v7 as newId } from 'uuid';
import type { Store } from '../../server/store/store.ts';
import { CUSTOMERS, customerId, type Filled, fillPostgres, fillSqlite } from './support/growth-fill.ts';

/** Default numbers of stored organizations. */
const SIZES = [0, 100_000, 1_000_000];
const FEW = [0, 10];
const MANY = 1_000;
const MOST = 10_000;

const ROUNDS = 20;
const CREATES_IN_ROUND = 50;
const PAIRS_IN_ROUND = 5;

/** The largest accepted ratio of the medians at the last and the first size. */
const GROWTH_LIMIT = 1.3;
/** The largest accepted ratio of one create with 10,000 members to ten creates with 1,000. */
const LINEAR_LIMIT = 1;

interface Row {
  store: string;
  what: string;
  samples: number;
  p50Ms: number;
  p99Ms: number;
  /** The median divided by that of the first row. */
  ratio: number;
}

/**
 * Measures one store after the other. The sizes of a store alternate, so that load on the machine affects all of them.
 */
export async function run(): Promise<void> {
  const sizes = process.argv.length > 3 ? process.argv.slice(3).map(Number) : SIZES;
  if (sizes.some((size) => !Number.isInteger(size) || size < 0))
    throw new Error('Sizes must be non-negative integers.');
  console.log('| store | | creates | p50 | p99 | p50, ratio |\n| --- | --- | ---: | ---: | ---: | ---: |');
  const results: string[] = [];
  for (const [store, fill] of [
    ['SQLite', fillSqlite],
    ['PostgreSQL', fillPostgres],
  ] as const) {
    const began = performance.now();
    await using filled = await fill(sizes);
    console.error(`${store}: filled in ${Math.round((performance.now() - began) / 1000)} s`);
    const bySize = await measureSizes(store, sizes, filled);
    const { rows, linear } = await measureMembers(store, filled);
    print([...bySize, ...rows]);
    results.push(...compareWithLimits(store, bySize.at(-1)?.ratio ?? Number.NaN, linear));
  }
  for (const result of results) console.log(result);
  console.log(
    `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}`,
  );
}

/** Both parameters are ratios of durations. */
function compareWithLimits(store: string, growth: number, linear: number): string[] {
  const format = (passed: boolean, what: string) => `${passed ? 'pass' : 'FAIL'}: ${store}, ${what}`;
  return [
    format(
      growth <= GROWTH_LIMIT,
      `median at the last size is ${growth.toFixed(2)} of the first, limit ${GROWTH_LIMIT}`,
    ),
    format(
      linear <= LINEAR_LIMIT,
      `10,000 members take ${linear.toFixed(2)} of ten times 1,000 (median of pairs), limit ${LINEAR_LIMIT}`,
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
  for (const each of stores) await timeCreates(each, account, 10, CREATES_IN_ROUND); // Warms up caches and query plans.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, each] of stores.entries())
      samples[index]?.push(...(await timeCreates(each, account, 10, CREATES_IN_ROUND)));
  }
  return summarize(
    store,
    sizes.map((size) => `${size.toLocaleString('en')} stored organizations, 10 members`),
    samples,
  );
}

/** `linear` is the median ratio of one create with 10,000 members to ten creates with 1,000. */
async function measureMembers(store: string, { stores, account }: Filled): Promise<{ rows: Row[]; linear: number }> {
  const [first] = stores;
  if (!first) throw new Error('At least one size is needed.');
  const few = FEW.map((): number[] => []);
  const pairs: Pair[] = [];
  await timePair(first, account); // Warms up.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, members] of FEW.entries()) few[index]?.push(...(await timeCreates(first, account, members, 20)));
    for (let pair = 0; pair < PAIRS_IN_ROUND; pair++) pairs.push(await timePair(first, account));
  }
  const samples = [...few, pairs.flatMap(({ many }) => many), pairs.map(({ most }) => most)];
  const names = [...FEW, MANY, MOST].map((members) => `${members.toLocaleString('en')} members`);
  const ratios = pairs.map(({ many, most }) => most / many.reduce((sum, each) => sum + each));
  return { rows: summarize(store, names, samples), linear: at(ratios, 0.5) };
}

interface Pair {
  many: number[];
  most: number;
}

/**
 * Measures one large create between two halves of ten smaller ones with as many members in total, so that load on the
 * machine affects both. Returns milliseconds.
 */
async function timePair(store: Store, account: string): Promise<Pair> {
  const half = MOST / MANY / 2;
  const before = await timeCreates(store, account, MANY, half);
  const [most = Number.NaN] = await timeCreates(store, account, MOST, 1);
  const after = await timeCreates(store, account, MANY, half);
  return { many: [...before, ...after], most };
}

/** Measures sequential creates. Returns durations in milliseconds. */
async function timeCreates(store: Store, account: string, members: number, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const start = Math.floor(Math.random() * CUSTOMERS);
    const [ownerId = '', ...memberIds] = Array.from({ length: members + 1 }, (_, offset) => customerId(start + offset));
    const began = performance.now();
    const outcome = await store.createOrganization({ account, id: newId(), ownerId, memberIds });
    times.push(performance.now() - began);
    if (outcome.kind !== 'created') throw new Error(`A create returned ${outcome.kind}.`);
  }
  return times;
}

function summarize(store: string, names: string[], samples: number[][]): Row[] {
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

function at(values: number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN;
}
