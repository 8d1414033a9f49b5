// The code samples, copied from the page. All are compared with their request, and samples that can run here are run.
import { execFile } from 'node:child_process';
import { access, constants, mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { delimiter, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import { requestExamples } from '../../support/contract/operation.ts';
import { ownerIdOf } from '../../support/contract/organization.ts';
import { PATH } from '../../support/http/http.ts';
import { ROOT } from '../../support/project-copy.ts';
import { launchBrowser } from '../../support/reference/browser.ts';
import {
  choose,
  copyFrom,
  OPERATION,
  openReference,
  requestSamples,
  startStaticHost,
} from '../../support/reference/reference-page.ts';
import { startMockTarget, startSqliteServer, type Target } from '../../support/targets.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const LANGUAGES = ['curl', 'TypeScript (client)', 'TypeScript (fetch)', 'Python', 'Go', 'Java', 'C#', 'PHP'] as const;
type Language = (typeof LANGUAGES)[number];

const examples = Object.entries(requestExamples);

/** The server URL in the samples. */
const ADDRESS = 'http://localhost:3000';

/** The path of the client in an installed package. */
const CLIENT = 'node_modules/customer-organizations-contract/index.js';
let client = '';

const samples = new Map<string, string>();
const sampleOf = (language: Language, example: string) => samples.get(`${language} ${example}`) ?? '';

/** Console, network and policy problems of the page. */
let problems: string[] = [];

beforeAll(async () => {
  const entry = join(ROOT, 'openapi/client/index.ts');
  const bundling = build({ entryPoints: [entry], bundle: true, format: 'esm', platform: 'node', write: false });
  const [{ outputFiles }, browser, host] = await Promise.all([bundling, launchBrowser(), startStaticHost('/docs/api')]);
  client = outputFiles[0]?.text ?? '';
  try {
    const reference = await openReference(browser, `${host.url}/index.html${OPERATION}`);
    problems = reference.problems;
    const { page } = reference;
    const box = requestSamples(page);
    for (const language of LANGUAGES) {
      const shown = box.locator('button[aria-haspopup=menu]', { hasText: /^(curl|TypeScript|Python|Go|Java|C#|PHP)/ });
      await choose(page, shown, language);
      for (const [name, { summary }] of examples) {
        await choose(page, box.getByTestId('panel-body').locator('button[aria-haspopup=menu]'), summary);
        samples.set(`${language} ${name}`, await copyFrom(page, box));
      }
    }
  } finally {
    await browser.close();
    await host.close();
  }
});

it('shows and copies every sample on a static host, under a path prefix', () => {
  expect([...samples.values()].filter((text) => text.length > 100)).toHaveLength(LANGUAGES.length * examples.length);
  expect(new Set(samples.values()).size).toBe(samples.size);
  expect(problems).toEqual([]);
});

describe.each(examples)('the samples of %s', (name, { value }) => {
  it.each(LANGUAGES)('match the request in %s', (language) => {
    const { url, headers, body } = readSample(language, sampleOf(language, name));

    expect(url).toBe(language === 'TypeScript (client)' ? `${ADDRESS}/api /customer-organizations` : ADDRESS + PATH);
    expect(body).toEqual(value);
    if (language !== 'TypeScript (client)')
      expect(headers).toEqual({
        Authorization: 'Basic a2V5OnNlY3JldA==',
        'Content-Type': 'application/json',
        'Sequence-Version': contract.info.version,
      });
  });
});

interface Sample {
  url: string;
  headers: Record<string, string>;
  body: unknown;
}

/** Parses the request from the text of a sample. */
function readSample(language: Language, source: string): Sample {
  const [url = ''] = /http:\/\/[^'"\s]+/.exec(source) ?? [];
  const headers = Object.fromEntries(
    [...source.matchAll(HEADERS)].map(([, name = '', value = '']): [string, string] => [name, value]),
  );
  switch (language) {
    case 'curl':
      return { url, headers, body: JSON.parse(/--data '([^']*)'/.exec(source)?.[1] ?? '') };
    case 'Go':
    case 'Java': {
      const literal = /(?:NewReader|ofString)\(("(?:[^"\\]|\\.)*")/.exec(source)?.[1] ?? '""';
      return { url, headers, body: JSON.parse(JSON.parse(literal)) };
    }
    case 'C#': {
      const [, type = ''] = /MediaTypeHeaderValue\("([^"]*)"\)/.exec(source) ?? [];
      const literal = /new StringContent\(("(?:[^"\\]|\\.)*")/.exec(source)?.[1] ?? '""';
      return { url, headers: { ...headers, 'Content-Type': type }, body: JSON.parse(JSON.parse(literal)) };
    }
    case 'PHP': {
      const array = /json_encode\(\[([\s\S]*?)\n {2}\]\)/.exec(source)?.[1] ?? '';
      return { url, headers, body: JSON.parse(`{${array.replaceAll("'", '"').replaceAll(' => ', ': ')}}`) };
    }
    case 'Python':
      return { url, headers, body: JSON.parse(/payload = (\{[\s\S]*?\n\})/.exec(source)?.[1] ?? '') };
    case 'TypeScript (fetch)':
      return { url, headers, body: readObject(/JSON\.stringify\((\{[\s\S]*?\n? *\})\)/.exec(source)?.[1] ?? '') };
    case 'TypeScript (client)': {
      const [, path = ''] = /client\.POST\('([^']*)'/.exec(source) ?? [];
      return { url: `${url} ${path}`, headers, body: readObject(/body: (\{[\s\S]*?\n {2}\})/.exec(source)?.[1] ?? '') };
    }
  }
}

/** `Name: value`, `Name: 'value'`, `("Name", "value")` and `"Name": "value"`, for the names that a sample sends. */
const HEADERS = /(Authorization|Content-Type|Sequence-Version)['"]?(?:: |, )['"]?([^'"]+)/g;

/** Parses a JavaScript object literal with unquoted keys and single quotes. */
function readObject(literal: string): unknown {
  return JSON.parse(
    literal
      .replace(/(\w+):/g, '"$1":')
      .replaceAll("'", '"')
      .replace(/,(\s*[\]}])/g, '$1'),
  );
}

describe.each([
  ['the server', startSqliteServer],
  ['the mock', startMockTarget],
])('the samples against %s', (_, start: () => Promise<Target>) => {
  let target: Target;
  let recorder: Recorder;
  beforeAll(async () => {
    target = await start();
    recorder = await startRecorder(target.url);
  });
  afterAll(async () => {
    await recorder?.close();
    await target?.close();
  });

  const runnable = [
    ['curl', 'sample.sh', 'bash'],
    ['TypeScript (client)', 'sample.ts', process.execPath],
    ['TypeScript (fetch)', 'sample.ts', process.execPath],
  ] as const;

  it.each(runnable.flatMap((each) => examples.map(([name, { value }]) => [...each, name, value] as const)))(
    '%s (%s, with %s) creates %s',
    async (language, file, program, name, value) => {
      const { stdout, sent } = await run(recorder, program, file, sampleOf(language, name), {
        [CLIENT]: client,
        [join(dirname(CLIENT), 'package.json')]: '{"type":"module"}',
      });

      expect(sent).toEqual([expectedRequest(value)]);
      expect(stdout).toContain(ownerIdOf(value));
    },
  );
});

describe('the samples in languages that may be missing', () => {
  const [[name, { value }]] = examples as [(typeof examples)[number]]; // The contract has examples.
  let target: Target;
  let recorder: Recorder;
  beforeAll(async () => {
    target = await startMockTarget();
    recorder = await startRecorder(target.url);
  });
  afterAll(async () => {
    await recorder?.close();
    await target?.close();
  });

  it('send the same request in Python, if installed', async () => {
    const python = await installed('Python', 'python3');
    if (!python) return;
    // Replaces the library, which is not part of Python. Prints the call.
    const library = [
      'import json',
      'class Response: text = ""',
      'def post(url, json=None, headers=None):',
      '    print(__import__("json").dumps([url, json, headers]))',
      '    return Response()\n',
    ].join('\n');

    const { stdout } = await run(recorder, python, 'sample.py', sampleOf('Python', name), { 'requests.py': library });

    expect(JSON.parse(stdout.split('\n')[0] ?? '')).toEqual([
      recorder.url + PATH,
      value,
      expect.objectContaining({ Authorization: 'Basic a2V5OnNlY3JldA==', 'Sequence-Version': contract.info.version }),
    ]);
  });

  it('compile and send the same request in Go, if installed', async () => {
    const go = await installed('Go', 'go');
    if (!go) return;

    const { stdout, sent } = await run(recorder, go, 'sample.go', sampleOf('Go', name), {}, ['run']);

    expect(sent).toEqual([expectedRequest(value)]);
    expect(JSON.parse(stdout.trim())).toHaveProperty('id');
    expect(stdout).toContain(ownerIdOf(value));
  });
});

const expectedRequest = (body: unknown) => ({
  method: 'POST',
  path: PATH,
  headers: expect.objectContaining({
    authorization: 'Basic a2V5OnNlY3JldA==',
    'content-type': 'application/json',
    'sequence-version': contract.info.version,
  }),
  body,
});

interface Recorder extends Target {
  requests: { method: string | undefined; path: string | undefined; headers: IncomingHttpHeaders; body: unknown }[];
}

/** A proxy in front of a target that records requests. */
async function startRecorder(target: string): Promise<Recorder> {
  const requests: Recorder['requests'] = [];
  const recorder = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    requests.push({ method, path: url, headers, body: JSON.parse(text) });
    const forwarded = ['authorization', 'content-type', 'sequence-version'] as const;
    const upstream = await fetch(target + url, {
      method,
      body: text,
      headers: Object.fromEntries(forwarded.map((name) => [name, String(headers[name] ?? '')])),
    });
    response.writeHead(upstream.status, { 'content-type': upstream.headers.get('content-type') ?? '' });
    response.end(await upstream.text());
  });
  await new Promise<void>((settle) => recorder.listen(0, '127.0.0.1', settle));
  const address = recorder.address() as { port: number }; // It listens on a port, not on a pipe.
  const close = () => new Promise<void>((settle) => void recorder.close(() => settle()));
  return { url: `http://127.0.0.1:${address.port}`, requests, close };
}

/** Runs a sample with the address of the recorder. Rejects when it fails. */
async function run(
  recorder: Recorder,
  program: string,
  file: string,
  source: string,
  otherFiles: Record<string, string> = {},
  args: readonly string[] = [],
) {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const files = { ...otherFiles, [file]: source.replaceAll(ADDRESS, recorder.url) };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, name)), { recursive: true });
    await writeFile(join(folder.path, name), text);
  }
  const before = recorder.requests.length;
  const stdout = await new Promise<string>((settle, fail) => {
    execFile(program, [...args, join(folder.path, file)], { cwd: folder.path }, (error, out) =>
      error ? fail(error) : settle(out),
    );
  });
  return { stdout, sent: recorder.requests.slice(before) };
}

/** Returns the path of a program, or undefined. Prints which samples run, so that a skipped check is visible. */
async function installed(language: Language, program: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, program);
    const isExecutable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isExecutable) {
      console.info(`The ${language} sample is run by ${path}.`);
      return path;
    }
  }
  console.info(`The ${language} sample is only compared with its request: ${program} is not installed.`);
  return undefined;
}
