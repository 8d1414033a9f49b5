// The code samples of the reference site in languages that npm does not bring, compiled and run against the server.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import { operationsOf } from '../../../openapi/model/contract.ts';
import { codeSamples } from '../../../openapi/reference/samples/code-samples.ts';
import { requestExamples, responseExamplesOf } from '../../support/contract/operation.ts';
import { startMemoryServer, type Target } from '../../support/targets.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { runTool } from '../run-tool.ts';

/** The server URL in the samples. */
const ADDRESS = 'http://localhost:3000';

/** The implicit imports of a project of the .NET SDK. */
const IMPLICIT_USINGS = ['System', 'System.Net.Http', 'System.Threading.Tasks'];

interface Language {
  label: string;
  file: string;
  /** Turns a sample into a file that the compiler accepts. */
  complete?(source: string): string;
  /** Compiles and runs a program. */
  commands: [program: string, ...args: string[]][];
}

const LANGUAGES: Language[] = [
  {
    label: 'Java',
    file: 'CreateCustomerOrganization.java',
    commands: [
      ['javac', '-Xlint:all', '-Werror', 'CreateCustomerOrganization.java'],
      ['java', '-cp', '.', 'CreateCustomerOrganization'],
    ],
  },
  {
    label: 'C#',
    file: 'sample.cs',
    complete: writeMain,
    commands: [
      ['mcs', '-warnaserror', '-reference:System.Net.Http', 'sample.cs'],
      ['mono', 'sample.exe'],
    ],
  },
  {
    label: 'PHP',
    file: 'sample.php',
    commands: [
      ['php', '--syntax-check', 'sample.php'],
      ['php', '-d', 'display_errors=stderr', '-d', 'error_reporting=E_ALL', 'sample.php'],
    ],
  },
];

/** Mono's compiler supports neither top-level statements (C# 9) nor an asynchronous `Main` (C# 7.1). */
function writeMain(source: string): string {
  const lines = source.split('\n');
  const isUsing = (line: string) => /^using [\w.]+;$/.test(line);
  return [
    ...IMPLICIT_USINGS.map((name) => `using ${name};`),
    ...lines.filter(isUsing),
    'class Program { static void Main() { Run().GetAwaiter().GetResult(); } static async Task Run() {',
    ...lines.filter((line) => !isUsing(line)),
    '} }',
  ].join('\n');
}

const samples = operationsOf(contract).flatMap((entry) => codeSamples(contract, entry));

describe.each(LANGUAGES)('the sample in $label', ({ label, file, complete, commands }) => {
  let server: Target;
  beforeAll(async () => {
    server = await startMemoryServer();
  });
  afterAll(() => server?.close());

  it.each(Object.entries(requestExamples))('compiles, and creates %s', async (name, { summary }) => {
    const source = samples.find((each) => each.label === label && each.example === summary)?.source ?? '';
    const folder = await temporaryFolder();
    onTestFinished(() => folder[Symbol.asyncDispose]());
    await writeFile(join(folder.path, file), (complete?.(source) ?? source).replaceAll(ADDRESS, server.url));

    let output = '';
    for (const [program, ...args] of commands) {
      const ran = await runTool(program, args, { cwd: folder.path });
      expect(ran, `${program} ${args.join(' ')}`).toMatchObject({ code: 0, stderr: '' });
      output = ran.stdout;
    }

    const { owner, members } = Object(responseExamplesOf(201)[name]?.value);
    expect(JSON.parse(output)).toEqual({ id: expect.any(String), owner, members });
  });
});
