// Starts the sample configurations of nginx and HAProxy, in front of two servers on one PostgreSQL.
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import type { Customer } from '../../../server/store/records.ts';
import { createApiKey } from '../../support/api-key.ts';
import { startServer } from '../../support/fixtures.ts';
import { exchange } from '../../support/http/http.ts';
import { freePort } from '../../support/http/ports.ts';
import type { TestPostgres } from '../../support/postgres/postgres.ts';
import type { ServerProcess } from '../../support/process/server-process.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { DEPLOY, startTool } from '../run-tool.ts';

export const PROXIES = ['nginx', 'haproxy'] as const;

export interface Client {
  clientId: string;
  secret: string;
}

interface Servers {
  servers: ServerProcess[];
  ports: number[];
  probePorts: number[];
  /** The keys of two clients of the account with the customers, and of one client of another account. */
  clients: [Client, Client, Client];
  /** The credentials of the first client, as a header. */
  authorization: string;
}

/** Starts two servers, as the samples expect. */
async function startServers(postgres: TestPostgres, customers: Customer[]): Promise<Servers> {
  const url = await postgres.createDatabase();
  const store = await openPostgresStore({ url });
  const [account, other] = [await store.addAccount('Account'), await store.addAccount('Other')];
  await store.importCustomers(
    account,
    (async function* () {
      yield customers;
    })(),
  );
  const addClient = async (id: string): Promise<Client> => {
    const { clientId, secret, stored } = createApiKey(id);
    await store.addApiKey(stored);
    return { clientId, secret };
  };
  const first = await addClient(account);
  const clients: Servers['clients'] = [first, await addClient(account), await addClient(other)];
  await store.close();
  const servers = Array.from({ length: 2 }, () =>
    startServer({
      NODE_ENV: 'production',
      DATABASE_URL: url,
      METRICS_PORT: '0',
      TRUST_PROXY: '1',
      RATE_LIMIT_PER_MINUTE: '0',
      FAILED_LOGINS_PER_MINUTE: '0',
    }),
  );
  const urls = await Promise.all(servers.map((server) => server.url));
  const probes = servers.map((server) => /"probesUrl":"([^"]+)"/.exec(server.output())?.[1] ?? '');
  return {
    servers,
    ports: urls.map((each) => Number(new URL(each).port)),
    probePorts: probes.map((each) => Number(new URL(each).port)),
    clients,
    authorization: `Basic ${Buffer.from(`${first.clientId}:${first.secret}`).toString('base64')}`,
  };
}

/** Writes a sample with the ports of this test. @throws Error when a text to replace is missing */
export async function adapt(file: string, replacements: [RegExp, string][]): Promise<string> {
  let text = await readFile(join(DEPLOY, file), 'utf8');
  for (const [pattern, replacement] of replacements) {
    if (!pattern.test(text)) throw new Error(`${file} has nothing like ${pattern}.`);
    text = text.replace(pattern, replacement);
  }
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const path = join(folder.path, file);
  await writeFile(path, text);
  return path;
}

/** nginx cannot open its standard output when that is a socket, as it is here. */
export const LOGS: [RegExp, string][] = [
  [/access_log \/dev\/stdout/, 'access_log access.log'],
  [/error_log \/dev\/stderr/, 'error_log error.log'],
];

export interface Proxied extends Servers {
  url: string;
  /** The log of the proxy. */
  readLog(): Promise<string>;
}

/** Starts the sample of a proxy, in front of two servers with these customers. */
export async function startProxy(
  postgres: TestPostgres,
  name: (typeof PROXIES)[number],
  customers: Customer[],
): Promise<Proxied> {
  const behind = await startServers(postgres, customers);
  const port = await freePort();
  const [one, two] = behind.ports;
  const path =
    name === 'nginx'
      ? await adapt('nginx.conf', [
          [/server-1:3000/, `127.0.0.1:${one}`],
          [/server-2:3000/, `127.0.0.1:${two}`],
          [/listen 8080;/, `listen 127.0.0.1:${port};`],
          [/pid [^;]+;/, 'daemon off;\npid nginx.pid;'],
          ...LOGS,
        ])
      : await adapt('haproxy.cfg', [
          [/server server-1 server-1:3000/, `server server-1 127.0.0.1:${one} port ${behind.probePorts[0]}`],
          [/server server-2 server-2:3000/, `server server-2 127.0.0.1:${two} port ${behind.probePorts[1]}`],
          [/bind :8080/, `bind 127.0.0.1:${port}`],
        ]);
  const tool =
    name === 'nginx'
      ? startTool('nginx', ['-p', dirname(path), '-c', path])
      : startTool('haproxy', ['-db', '-f', path]);
  const url = `http://127.0.0.1:${port}`;
  const readLog = async () => (name === 'nginx' ? readFile(join(dirname(path), 'access.log'), 'utf8') : tool.output());
  await vi
    .waitFor(() => exchange(url, { method: 'GET', path: '/' }), 10_000)
    .catch((cause) => {
      throw new Error(`${name} does not listen:\n${tool.output()}`, { cause });
    });
  return { ...behind, url, readLog };
}
