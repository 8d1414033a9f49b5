// Runs the scripts of the composite action like GitHub, with a tarball as the package.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { ROOT } from '../support/project-copy.ts';

const FOLDER = join(ROOT, '.github/actions/conformance');

interface Action {
  inputs: Record<string, { default?: string }>;
  runs: { steps: { run?: string; env?: Record<string, string> }[] };
}

export interface ActionRun {
  code: number;
  output: string;
  /** The outputs of the step. */
  outputs: Record<string, string>;
  /** The summary of the step. */
  summary: string;
}

/** `workspace` is the folder that the job runs in. */
export async function runAction(workspace: string, inputs: Record<string, string>): Promise<ActionRun> {
  const action: Action = parse(await readFile(join(FOLDER, 'action.yml'), 'utf8'));
  const step = action.runs.steps.find(({ run }) => run !== undefined);
  const value = (name: string) => inputs[name] ?? action.inputs[name]?.default ?? '';
  const variables = Object.entries(step?.env ?? {}).map(([name, text]) => [
    name,
    text.replace(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, input) => value(input)),
  ]);
  const [outputFile, summaryFile] = [join(workspace, 'output.txt'), join(workspace, 'summary.md')];
  const env = {
    ...process.env,
    ...{ PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`, GITHUB_ACTIONS: 'true' },
    ...{ GITHUB_ACTION_PATH: FOLDER, GITHUB_OUTPUT: outputFile, GITHUB_STEP_SUMMARY: summaryFile },
    ...Object.fromEntries(variables),
  };
  const bash = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step?.run ?? ''];
  const ran = await promisify(execFile)('bash', bash, { cwd: workspace, env, maxBuffer: 2 ** 26 }).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    ({ code, stdout, stderr }) => ({ code: Number(code), output: `${stdout}${stderr}` }),
  );
  const lines = (await readFile(outputFile, 'utf8')).trim().split('\n');
  return {
    ...ran,
    outputs: Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2))),
    summary: await readFile(summaryFile, 'utf8').catch(() => ''),
  };
}
