// `npm run bench -- versions [ROUNDS]`: measures the cost of live versions. The contenders are this project, and a copy
// with two more versions that is asked for its newest and its oldest.
import { once } from 'node:events';
import { join } from 'node:path';
import { SAMPLE_CUSTOMERS, seedDemo } from '../../server/demo/demo.ts';
import { openSqliteStore } from '../../server/store/sqlite/store.ts';
import { FIRST, THIRD, VersionGuide } from '../support/contract/version-guide.ts';
import { startServerProcess } from '../support/process/server-process.ts';
import { copyProject, type ProjectCopy, ROOT } from '../support/project-copy.ts';
import { cpuSeconds, type LoadRequest, load, median, notes, pin } from './support/measure.ts';

const STARTS = 3;
const ROUNDS = 7;
const CONNECTIONS = 32;
const SECONDS = 2;
const WARM_UP_SECONDS = 6;
/** The warm-up of the load generator before each measurement. */
const CLIENT_WARM_UP_SECONDS = 1;

/** The targets: creates per second of one contender, relative to those of another. */
const GOALS = { newest: 0.97, oldest: 0.8 };

const [owner = '', ...members] = SAMPLE_CUSTOMERS.map(({ id }) => id);
const asOf = (version: string, body: object): LoadRequest => ({ headers: { 'sequence-version': version }, body });
const OLDEST = asOf(FIRST, { ownerId: owner, memberIds: members });
const NEWEST = asOf(THIRD, { parentId: owner, customerIds: members, currency: 'EUR' });

interface Contender {
  name: string;
  /** The folder of the project. */
  cwd: string;
  request: LoadRequest;
}

interface Measured {
  perSecond: number;
  /** The CPU time of the server for one create. */
  cpuMicroseconds: number;
}

export async function run(): Promise<void> {
  const rounds = Number(process.argv[3] ?? ROUNDS);
  await using project = await copyProject();
  await addVersions(project);
  const contenders: Contender[] = [
    { name: 'one version', cwd: ROOT, request: OLDEST },
    { name: 'newest of three', cwd: project.path, request: NEWEST },
    { name: 'two versions back', cwd: project.path, request: OLDEST },
  ];
  const measured: Record<string, Measured>[] = [];
  for (let start = 1; start <= STARTS; start += 1)
    measured.push(...(await compare(contenders, join(project.path, `data-${start}`), rounds)));
  report(contenders, measured);
}

/** Adds two versions by the steps in openapi/README.md. */
async function addVersions(project: ProjectCopy): Promise<void> {
  const guide = new VersionGuide(project);
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await project.node(...args);
    if (code !== 0) throw new Error(stdout + stderr);
  };
  await guide.addOperations();
  await guide.changeContract();
  await run('openapi/generator/generate.ts');
  await guide.changeHandlers();
  await guide.addConversions();
  await guide.listConversions();
  await run('openapi/tooling/release.ts', '--write');
  await guide.changeContractAgain();
  await run('openapi/generator/generate.ts');
  await guide.convertAgain();
}

/** One start of each contender, and rounds in alternating order. Each round is paired. */
async function compare(contenders: Contender[], folder: string, rounds: number): Promise<Record<string, Measured>[]> {
  const running = [];
  pin(process.pid, 1);
  try {
    for (const { name, cwd, request } of contenders) {
      const path = `${folder}-${name}.db`;
      const store = openSqliteStore({ path });
      await seedDemo(store);
      await store.close();
      const { child, url } = startServerProcess({ DATABASE_PATH: path, RATE_LIMIT_PER_MINUTE: '0' }, { cwd });
      running.push({ name, child, url: await url, request });
      pin(child.pid, 0);
      await load(await url, CONNECTIONS, WARM_UP_SECONDS, 0, request);
    }
    const measured: Record<string, Measured>[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const found: Record<string, Measured> = {};
      for (const { name, child, url, request } of round % 2 ? running : running.toReversed()) {
        const before = cpuSeconds(child.pid);
        const result = await load(url, CONNECTIONS, SECONDS, CLIENT_WARM_UP_SECONDS, request);
        if (result.failures > 0) throw new Error(`${name}: ${result.failures} responses other than 201.`);
        const cpuMicroseconds = ((cpuSeconds(child.pid) - before) / result.createdTotal) * 1_000_000;
        found[name] = { perSecond: result.perSecond, cpuMicroseconds };
      }
      measured.push(found);
      process.stderr.write(`round ${round} of ${rounds}\r`);
    }
    return measured;
  } finally {
    for (const { child } of running) {
      const closed = once(child, 'close');
      if (child.kill('SIGKILL')) await closed;
    }
  }
}

function report(contenders: readonly Contender[], measured: readonly Record<string, Measured>[]): void {
  const of = (name: string, field: keyof Measured) => measured.map((round) => round[name]?.[field] ?? Number.NaN);
  const ratios = (one: string, other: string, field: keyof Measured) =>
    of(one, field).map((value, index) => value / (of(other, field)[index] ?? Number.NaN));
  console.log('| contender | creates a second | CPU of a create |\n| --- | ---: | ---: |');
  for (const { name } of contenders) {
    const cpu = Math.round(median(of(name, 'cpuMicroseconds')));
    console.log(`| ${name} | ${Math.round(median(of(name, 'perSecond')))} | ${cpu} µs |`);
  }
  const [one = '', newest = '', oldest = ''] = contenders.map(({ name }) => name);
  const show = (left: string, right: string, goal: number) => {
    const all = ratios(left, right, 'perSecond');
    const range = [Math.min(...all), Math.max(...all)].map((ratio) => ratio.toFixed(2)).join('–');
    const cpu = median(ratios(left, right, 'cpuMicroseconds')).toFixed(3);
    console.log(
      `${left} relative to ${right}: ${median(all).toFixed(3)} (${range}) of the creates, ${cpu} of the CPU; ` +
        `goal ${goal} of the creates. ${all.length} pairs.`,
    );
  };
  console.log();
  show(newest, one, GOALS.newest);
  show(oldest, newest, GOALS.oldest);
  for (const note of notes) console.log(note);
}
