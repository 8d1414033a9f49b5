// `npm run lint`: reports unsupported OpenAPI features, then runs Redocly and Biome. Without --sarif it ends with
// the first part that finds something.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createCommand } from '../command/command.ts';
import { ROOT } from '../contract-paths.ts';
import { ContractError } from '../model/contract-error.ts';
import { loadContract } from '../model/load/load-contract.ts';
import { loadOlderContracts } from '../model/load/load-older-contracts.ts';
import { toAnnotation } from '../report-formats/annotation.ts';
import { type SarifResult, toRun, writeSarif } from '../report-formats/sarif.ts';

const CONTRACT = 'openapi/openapi.yaml';
const REDOCLY = [join(ROOT, 'node_modules/@redocly/cli/bin/cli.js'), 'lint', CONTRACT, '--lint-config', 'error'];
const BIOME = [join(ROOT, 'node_modules/@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.'];

const RULES = { 'contract/supported': 'Every part of the chain supports what the contract says.' };

const OPTIONS = {
  cwd: ROOT,
  env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
};

const { sarif } = createCommand('lint', 'Report problems of the contract, and of the code.')
  .option('--sarif <file>', 'write all problems as SARIF instead of printing them')
  .parse()
  .opts<{ sarif?: string }>();

process.exitCode = sarif === undefined ? await print() : await writeReport(sarif);

/** The exit code. */
async function print(): Promise<number> {
  const isAnnotated = process.env.GITHUB_ACTIONS === 'true';
  const problem = await findProblem();
  if (problem !== undefined) {
    console.error(problem);
    if (isAnnotated) for (const each of toResults(problem)) console.error(toAnnotation(each));
    return 1;
  }
  const redocly = await run([...REDOCLY, ...(isAnnotated ? ['--format', 'github-actions'] : [])]);
  return redocly || run([...BIOME, ...(isAnnotated ? ['--reporter', 'github'] : [])]);
}

/** Writes the problems of all three parts to one file. Returns the exit code. */
async function writeReport(file: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'lint-'));
  try {
    const own = toResults((await findProblem()) ?? '');
    const redocly = await collect([...REDOCLY, '--format', 'json']);
    const path = join(folder, 'biome.sarif');
    const biome = await collect([...BIOME, '--reporter', 'sarif', '--reporter-file', path]);
    // Biome writes absolute paths.
    const log: { runs: object[] } = JSON.parse(
      (await readFile(path, 'utf8')).replaceAll(JSON.stringify(ROOT).slice(1, -1), ''),
    );
    await writeFile(
      file,
      writeSarif([toRun('contract', RULES, own), toRun('redocly', {}, readRedocly(redocly.stdout)), ...log.runs]),
    );
    const code = own.length > 0 ? 1 : redocly.code || biome.code;
    console.log(code === 0 ? 'No problems.' : `There are problems: see ${file}.`);
    return code;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One line for each problem; undefined when there is none. */
async function findProblem(): Promise<string | undefined> {
  try {
    const path = relative(process.cwd(), join(ROOT, CONTRACT));
    await loadOlderContracts(path, await loadContract(path));
    return undefined;
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return error.message;
  }
}

/** Parses lines such as `openapi/openapi.yaml:12:5 at #/paths: The document has no paths.` */
function toResults(text: string): SarifResult[] {
  return text.split('\n').flatMap((line): SarifResult[] => {
    const [, file, number, pointer, message] = /^(.*?):(\d+):\d+(?: at (#\S*):)? (.*)$/.exec(line) ?? [];
    if (file === undefined || message === undefined) return [];
    const place = { ruleId: 'contract/supported', level: 'error' as const, file, line: Number(number), message };
    return [pointer === undefined ? place : { ...place, pointer }];
  });
}

interface RedoclyProblem {
  ruleId: string;
  severity: 'error' | 'warn';
  message: string;
  location: { source: { ref: string }; pointer?: string; start?: { line: number } }[];
}

function readRedocly(text: string): SarifResult[] {
  const { problems }: { problems: RedoclyProblem[] } = JSON.parse(text);
  return problems.map(({ ruleId, severity, message, location: [first] }) => ({
    ruleId,
    level: severity === 'error' ? 'error' : 'warning',
    message,
    file: relative(ROOT, join(ROOT, first?.source.ref ?? CONTRACT)),
    line: first?.start?.line ?? 1,
    ...(first?.pointer === undefined ? {} : { pointer: first.pointer }),
  }));
}

async function run(args: string[]): Promise<number> {
  const [code] = await once(spawn(process.execPath, args, { ...OPTIONS, stdio: 'inherit' }), 'close');
  return Number(code ?? 1);
}

async function collect(args: string[]): Promise<{ code: number; stdout: string }> {
  const child = spawn(process.execPath, args, { ...OPTIONS, stdio: ['ignore', 'pipe', 'ignore'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = await once(child, 'close');
  return { code: Number(code ?? 1), stdout: Buffer.concat(chunks).toString() };
}
