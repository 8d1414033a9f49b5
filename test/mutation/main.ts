// `npm run mutate`: loosens or removes each constraint of the contract in turn, and asks who notices: the contract tests or the breaking-change gate.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import { pino } from 'pino';
import { LineCounter, parseDocument } from 'yaml';
import bundled from '../../generated/openapi.json' with { type: 'json' };
import { findChanges, findUnannounced, findUnrecorded } from '../../openapi/breaking-changes.ts';
import type { Contract } from '../../openapi/contract.ts';
import { createApp } from '../../server/app.ts';
import { authenticateBy } from '../../server/authenticate.ts';
import { seedDemo } from '../../server/demo.ts';
import { createHandlers } from '../../server/handlers.ts';
import { listen } from '../../server/listen.ts';
import { openSqliteStore } from '../../server/store/sqlite/store.ts';
import type { Case } from '../conformance/case.ts';
import { declaredIn } from '../conformance/coverage.ts';
import { planSuite, runSuite, type SuitePlan } from '../conformance/suite.ts';
import { SUBJECT } from '../conformance-subject.ts';
import { ROOT } from '../project-copy.ts';
import { temporaryFolder } from '../targets.ts';
import { type Mutant, mutate } from './mutants.ts';

const contract = bundled as unknown as Contract; // The type of the JSON file is narrower.
const RELEASED = join(ROOT, 'openapi/released.yaml');
/** Two: one waits for Redocly while the other sends requests. */
const WORKERS = 2;

/** Who caught a mutant; undefined if nobody did. */
type Catcher = 'contract tests' | 'gate: breaks clients' | 'gate: not recorded' | undefined;

interface Result {
  mutant: Mutant;
  catcher: Catcher;
}

const suite = planSuite({ contract, subject: SUBJECT, seed: 1, combinations: 0 });
const requestSide = declaredIn(contract)
  .filter(({ kind }) => kind === 'request constraint')
  .map(({ pointer }) => pointer);

await using folder = await temporaryFolder();
const store = openSqliteStore({ path: ':memory:' });
await seedDemo(store);
const filter = process.argv[2] ?? '';
const mutants = [...mutate(contract)].filter(({ pointer }) => pointer.includes(filter));
const results = await examineAll(mutants);
await store.close();
report(results, await readFile(join(ROOT, 'openapi/openapi.yaml'), 'utf8'));

async function examineAll(all: readonly Mutant[]): Promise<Result[]> {
  const bar = process.stderr.isTTY
    ? new SingleBar({ format: '{bar} {value}/{total} mutants, {eta_formatted} left', hideCursor: true })
    : undefined;
  bar?.start(all.length, 0);
  const done: Result[] = [];
  const queue = [...all.entries()];
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, mutant] = next;
      done[index] = { mutant, catcher: await examine(mutant, index) };
      bar?.increment();
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  bar?.stop();
  return done;
}

/** What changes requests is more likely seen by the requests, what changes answers by the gate: the likelier one is asked first. */
async function examine(mutant: Mutant, index: number): Promise<Catcher> {
  const byRequests = requestSide.some((pointer) => pointer.startsWith(mutant.pointer));
  if (byRequests && (await isCaughtByTests(mutant))) return 'contract tests';
  const gate = await askGate(mutant, index);
  if (gate === 'gate: breaks clients') return gate;
  if (!byRequests && (await isCaughtByTests(mutant))) return 'contract tests';
  return gate;
}

/** Sends the cases of the right contract to a server that follows the mutant. Those about the constraint itself come first. */
async function isCaughtByTests(mutant: Mutant): Promise<boolean> {
  const log = pino({ level: 'silent' });
  const options = { authenticate: authenticateBy(store), log, contract: mutant.contract };
  const app = await createApp(createHandlers(store), options).catch(() => undefined);
  if (!app) return true; // It does not even start: no test can overlook that.
  const server = await listen(app, { port: 0, host: '127.0.0.1', portHint: '' });
  try {
    const subject = { url: `${server.url}/api`, ...SUBJECT };
    const stopWhen = ({ findings }: { findings: unknown[] }) => findings.length > 0;
    const outcomes = await runSuite({ contract, subject, seed: 1, combinations: 0, stopWhen }, sortFor(mutant));
    return outcomes.some(stopWhen);
  } finally {
    await server.close(0);
  }
}

function sortFor({ pointer }: Mutant): SuitePlan {
  const { cases } = suite;
  const concerns = (each: Case) => [each.pointer, ...(each.alsoAt ?? [])].some((at) => at.startsWith(pointer));
  return { ...suite, cases: [...cases.filter(concerns), ...cases.filter((each) => !concerns(each))] };
}

async function askGate(mutant: Mutant, index: number): Promise<Catcher> {
  const file = join(folder.path, `${index}.json`);
  await writeFile(file, JSON.stringify(mutant.contract));
  const changes = await findChanges(RELEASED, file);
  if ((await findUnannounced(changes, RELEASED, file)).length > 0) return 'gate: breaks clients';
  return findUnrecorded(changes).length > 0 ? 'gate: not recorded' : undefined;
}

function report(all: readonly Result[], yaml: string): void {
  const lineOf = createLineOf(yaml);
  const told = (list: readonly Result[]) =>
    list
      .map(({ mutant }) => `  openapi/openapi.yaml:${lineOf(mutant.pointer)}  ${mutant.pointer} ${mutant.change}`)
      .join('\n');
  for (const [catcher, list] of Map.groupBy(all, (each) => each.catcher ?? 'nobody'))
    console.log(`${String(list.length).padStart(4)}  caught by ${catcher}`);
  const quiet = all.filter(({ catcher }) => catcher === 'gate: not recorded');
  if (quiet.length > 0)
    console.log(
      `\nNo request tells these from the contract, for its other constraints say the same; only the gate does:\n${told(quiet)}`,
    );
  const survivors = all.filter(({ catcher }) => catcher === undefined);
  if (survivors.length > 0) console.log(`\nSurvived:\n${told(survivors)}`);
  console.log(`\n${all.length} mutants, ${survivors.length} survived.`);
  process.exitCode = survivors.length > 0 || all.length === 0 ? 1 : 0;
}

/** The line of the contract at which a pointer stands; of what is around it, when it has none of its own. */
function createLineOf(yaml: string): (pointer: string) => number {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines });
  return (pointer) => {
    const path = pointer
      .split('/')
      .slice(1)
      .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
    for (; path.length > 0; path.pop()) {
      const node = document.getIn(path, true);
      const range: unknown = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
      if (Array.isArray(range)) return lines.linePos(Number(range[0])).line;
    }
    return 1;
  };
}
