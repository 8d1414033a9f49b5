// A server whose probes and metrics are read.
import { onTestFinished } from 'vitest';
import { exchange } from '../../support/http/http.ts';
import { startSqliteServer } from '../../support/targets.ts';

/** Starts a server that is closed after the test. Resolves with its URL. */
export async function start(...options: Parameters<typeof startSqliteServer>): Promise<string> {
  const target = await startSqliteServer(...options);
  onTestFinished(() => target.close());
  return target.url;
}

export const get = (url: string, path: string, method = 'GET') => exchange(url, { method, path });
