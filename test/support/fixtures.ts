// Shared fixtures: databases, servers and accounts for one test or one file.
import { join } from 'node:path';
import { v7 as newId } from 'uuid';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import type { Customer } from '../../server/store/records.ts';
import type { SqliteOptions } from '../../server/store/sqlite/options.ts';
import { openSqliteStore } from '../../server/store/sqlite/store.ts';
import type { Store } from '../../server/store/store.ts';
import { createApiKey } from './api-key.ts';
import { type ServerProcess, startServerProcess } from './process/server-process.ts';
import { serveStore } from './targets.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The path of a database that does not exist yet. Its folder is removed after the test. */
export async function databasePath(): Promise<string> {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  return join(folder.path, 'test.db');
}

/** Starts a server process. It is killed after the test. */
export function startServer(...args: Parameters<typeof startServerProcess>): ServerProcess {
  const server = startServerProcess(...args);
  onTestFinished(async () => {
    server.child.kill('SIGKILL');
    await server.ended;
  });
  return server;
}

/** Starts a server in this process. It is closed after the test. */
export async function serveDatabase(options: SqliteOptions): Promise<{ url: string; store: Store }> {
  const store = openSqliteStore(options);
  const server = await serveStore(store);
  onTestFinished(() => server.close());
  return { url: server.url, store };
}

/** Closes a store the first time it is called, so that a test may close it before the end. */
export function closeOnce(store: Store): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => {
    closing ??= store.close();
    return closing;
  };
}

export interface SharedServer {
  url: string;
  store: Store;
  path: string;
}

/** One server for all tests of a file, because compiling the contract takes long. Each test has its own account. */
export function shareServer(): () => SharedServer {
  let shared: (SharedServer & { close(): Promise<void> }) | undefined;
  beforeAll(async () => {
    const folder = await temporaryFolder();
    const path = join(folder.path, 'test.db');
    const store = openSqliteStore({ path });
    const server = await serveStore(store);
    const close = () => server.close().then(() => folder[Symbol.asyncDispose]());
    shared = { url: server.url, store, path, close };
  });
  afterAll(() => shared?.close());
  return () => {
    if (!shared) throw new Error('The shared server exists only during tests.');
    return shared;
  };
}

/** Adds an account with these customers. Returns it with the `Authorization` header of its key. */
export async function addAccount(
  store: Store,
  customers: readonly Customer[],
): Promise<{ account: string; authorization: string }> {
  const account = await store.addAccount(`Account ${newId()}`);
  await store.importCustomers(account, once(customers));
  const { clientId, secret, stored } = createApiKey(account);
  await store.addApiKey(stored);
  return { account, authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` };
}

async function* once(customers: readonly Customer[]): AsyncIterable<Customer[]> {
  yield [...customers];
}

/** The IDs of all organizations of an account, oldest first. */
export async function organizationIds(store: Store, account: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of store.listOrganizations(account)) ids.push(id);
  return ids;
}
