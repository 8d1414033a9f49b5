// How often the files of the reference site are read.
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import express from 'express';
import { expect, it, onTestFinished, vi } from 'vitest';
import { listen } from '../../server/http/listen.ts';
import { serveReference } from '../../server/site/reference.ts';
import { exchange } from '../support/http/http.ts';
import { ROOT } from '../support/project-copy.ts';

const SITE = join(ROOT, 'generated/reference');

it('reads each file once for all requests that arrive together', async () => {
  const readFile = vi.spyOn(fs, 'readFile');
  syncBuiltinESMExports();
  onTestFinished(() => {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  });
  const options = { port: 0, host: '127.0.0.1', portHint: 'PORT=3001' };
  const server = await listen(express().use(serveReference(SITE, undefined)), options);

  const responses = await Promise.all(
    Array.from({ length: 50 }, () => exchange(server.url, { method: 'GET', path: '/' })),
  );
  await server.close(1000);

  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
  const read = readFile.mock.calls.map(([path]) => path);
  expect(read.sort()).toEqual(['files.json', 'served.html'].map((name) => join(SITE, name)));
});
