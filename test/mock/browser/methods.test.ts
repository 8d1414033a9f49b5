// Methods of requests, to which the browser mock responds like the mock server, and of which it records the same.
import { METHODS } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findMethodError } from '../../../mock/browser/check-method.ts';
import { createBrowserMock } from '../../../mock/browser/index.ts';
import { type Mock, startMock } from '../../../mock/start.ts';
import { PATH } from '../../support/http/http.ts';
import { comparable, receive } from '../../support/parity/browser-parity.ts';

let server: Mock;
beforeAll(async () => {
  server = await startMock({ port: 0 });
});
afterAll(() => server.close());

/** Methods that `fetch` cannot send. */
const FORBIDDEN = ['CONNECT', 'TRACE'];
const UNKNOWN = ['patch', 'FOO', 'POSTX', 'P', 'Patch', 'query', 'm-search', 'a!', 'x'.repeat(300)];
const NORMALIZED = ['get', 'Get', 'post', 'pOST', 'put', 'delete', 'head', 'options'];
const KNOWN = METHODS.filter((method) => !FORBIDDEN.includes(method));

describe('a method', () => {
  it.each([...UNKNOWN, ...NORMALIZED, ...KNOWN])('%s is treated as by the mock server', async (method) => {
    const browser = createBrowserMock();
    server.reset();
    for (const path of [PATH, '/api/unknown', '/elsewhere']) {
      const url = new URL(path, server.url);
      const headers = { 'Sequence-Version': '2023-01-01', Authorization: 'none' };
      const [fromServer, fromBrowser] = await Promise.all([
        fetch(url, { method, headers }).then(receive),
        browser.fetch(url, { method, headers }).then(receive),
      ]);

      expect(comparable(fromBrowser)).toEqual(comparable(fromServer));
      if (UNKNOWN.includes(method))
        expect(fromBrowser).toMatchObject({ status: 400, body: { error: { type: 'InvalidRequest' } } });
    }
    const recorded = ({ requests }: Pick<Mock, 'requests'>) => requests.map((each) => `${each.method} ${each.path}`);
    expect(recorded(browser)).toEqual(recorded(server));
  });
});

describe('the methods that the browser mock knows', () => {
  it("are those of Node's parser", () => {
    expect(METHODS.flatMap((method) => findMethodError(method) ?? [])).toEqual([]);
    expect(METHODS.flatMap((method) => findMethodError(method.toLowerCase()) ?? [])).toHaveLength(METHODS.length);
  });
});
