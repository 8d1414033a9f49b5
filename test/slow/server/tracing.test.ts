// OpenTelemetry as server/README.md starts it: installed from the configured registry, exporting to a collector here.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import { createApiKey } from '../../support/api-key.ts';
import { readExample } from '../../support/code-blocks.ts';
import { send } from '../../support/http/http.ts';
import { startPostgres } from '../../support/postgres/postgres.ts';
import { copyProject } from '../../support/project-copy.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const OWNER = { id: '50af5191-05a3-42a5-802a-6b59091157af', name: 'FinTech Solutions Inc.' };
const PARENT_ID = '00f067aa0ba902b7';

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  /** The kinds of spans: 2 is server, 3 is client. */
  kind: number;
}

interface Export {
  resourceSpans?: { scopeSpans: { spans: Span[] }[] }[];
}

/** Collects spans by OTLP over HTTP, in memory. */
async function startCollector() {
  const spans: Span[] = [];
  const server = createServer(async (request, response) => {
    const { resourceSpans = [] } = (await json(request)) as Export; // The format of the exporter.
    spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
    response.setHeader('Content-Type', 'application/json');
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // It listens on a port.
  return { url: `http://127.0.0.1:${port}`, spans };
}

async function createDatabase() {
  const postgres = await startPostgres();
  onTestFinished(() => postgres.close());
  const url = await postgres.createDatabase();
  const store = await openPostgresStore({ url });
  const account = await store.addAccount('Account');
  await store.importCustomers(
    account,
    (async function* () {
      yield [OWNER];
    })(),
  );
  const { clientId, secret, stored } = createApiKey(account);
  await store.addApiKey(stored);
  await store.close();
  return { url, authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` };
}

/** Runs the two lines of the README, the second one in a copy of the project below the folder of the first. */
async function startTraced(settings: Record<string, string>) {
  const [install = '', start = ''] = (await readExample('server/README.md', 'sh', '@opentelemetry/api'))
    .trim()
    .split('\n');
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  await writeFile(join(folder.path, 'package.json'), '{"private": true}');
  await promisify(execFile)('sh', ['-c', install], { cwd: folder.path });
  const copy = await copyProject();
  await mkdir(join(folder.path, 'project'));
  await rename(copy.path, join(folder.path, 'project'));

  const child = spawn('sh', ['-c', start], {
    cwd: join(folder.path, 'project'),
    detached: true,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: '0', ...settings },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const ended = once(child, 'close');
  // Kills npm, its shell and the server.
  const signal = (name: NodeJS.Signals) => child.pid !== undefined && process.kill(-child.pid, name);
  onTestFinished(async () => {
    if (child.exitCode === null) signal('SIGKILL');
    await ended;
  });
  const url = await vi.waitFor(
    () => {
      const [, found] = /"url":"(http:[^"]+?)\/api"/.exec(output) ?? [];
      if (found === undefined) throw new Error(`It does not listen:\n${output}`);
      return found;
    },
    { timeout: 30_000 },
  );
  return { url, output: () => output, stop: () => signal('SIGTERM') && ended };
}

it('gives each request one trace, named by its route, that continues traceparent and has the statements', async () => {
  const [collector, database] = await Promise.all([startCollector(), createDatabase()]);
  const server = await startTraced({
    DATABASE_URL: database.url,
    OTEL_SERVICE_NAME: 'customer-organizations',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_NODE_RESOURCE_DETECTORS: 'none',
  });
  const traceIdOf = (n: number) => String(n).padStart(32, 'a');
  const create = (n: number) =>
    send(server.url, {
      headers: { authorization: database.authorization, traceparent: `00-${traceIdOf(n)}-${PARENT_ID}-01` },
      body: { ownerId: OWNER.id, memberIds: [] },
    });

  expect((await create(1)).status).toBe(201);
  // More creates at once than statements: batches start when others have ended.
  const statuses = await Promise.all(Array.from({ length: 40 }, (_, n) => create(n + 2)));
  expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([201]));
  await server.stop();

  const traces = Map.groupBy(collector.spans, ({ traceId }) => traceId);
  for (let n = 1; n <= 41; n++) {
    const http = traces.get(traceIdOf(n))?.filter(({ kind }) => kind === 2);
    expect(http).toMatchObject([{ name: 'POST /api/customer-organizations', parentSpanId: PARENT_ID }]);
  }
  const first = traces.get(traceIdOf(1)) ?? [];
  expect(first.map(({ name }) => name.split(' ')[0])).toEqual(
    expect.arrayContaining(['pg.query:find-api-key', 'pg.query:create']),
  );
  const known = new Set([PARENT_ID, ...first.map(({ spanId }) => spanId)]);
  expect(first.filter(({ parentSpanId }) => !known.has(parentSpanId ?? ''))).toEqual([]);
  const creates = collector.spans.filter(({ name }) => /^pg\.query:create/.test(name));
  expect(creates.length).toBeGreaterThan(4);
  // A statement belongs to the trace of one of its creates, and no create is the oldest of two statements.
  expect(new Set(creates.map(({ traceId }) => traceId)).size).toBe(creates.length);
  expect(server.output()).toContain(`"traceId":"${traceIdOf(1)}"`);
});
