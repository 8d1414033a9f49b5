// Bodies that are nested too deeply for `JSON.stringify`: the mock server, its journal, and the browser mock.
import { request as sendRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createBrowserMock } from '../../mock/browser/index.ts';
import { startMock } from '../../mock/start.ts';
import { DEMO, exchange, PATH } from '../support/http/http.ts';

const nest = (open: string, close: string, levels: number) => `${open.repeat(levels)}1${close.repeat(levels)}`;

const BODIES = {
  'an array': nest('[', ']', 100_000),
  'a small array': nest('[', ']', 16_000),
  'an object': nest('{"ownerId":', '}', 20_000),
  'an item': `{"ownerId":1,"memberIds":[${nest('[', ']', 100_000)}]}`,
};

const HEADERS = { authorization: DEMO, 'content-type': 'application/json' };

/** Sends the body in chunks, without its length. */
function sendChunked(url: string, body: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = sendRequest(`${url}/customer-organizations`, { method: 'POST', headers: HEADERS }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    request.on('error', reject).write(body);
    request.end();
  });
}

describe.each(Object.entries(BODIES))('%s of many levels', (_, body) => {
  it('gets the same response from the browser mock and the mock server', async () => {
    const server = await startMock({ port: 0 });
    onTestFinished(() => server.close());
    const browser = createBrowserMock();
    const init = { method: 'POST', headers: HEADERS, body };

    const responses = await Promise.all([
      fetch(`${server.url}/customer-organizations`, init),
      browser.fetch(`https://app.test${PATH}`, init),
    ]);

    expect(responses.map(({ status }) => status)).toEqual([400, 400]);
    const [expected, found] = await Promise.all(responses.map((each): Promise<unknown> => each.json()));
    expect(found).toEqual(expected);
    expect(browser.requests.map(({ response }) => response?.body)).toEqual([expected]);
  });

  it('is recorded, however it was sent, and listed without its body', async () => {
    const server = await startMock({ port: 0 });
    onTestFinished(() => server.close());
    const compressed = { ...HEADERS, 'content-encoding': 'gzip' };

    const { status } = await fetch(`${server.url}/customer-organizations`, {
      method: 'POST',
      headers: compressed,
      body: gzipSync(body),
    });

    expect([status, await sendChunked(server.url, body)]).toEqual([400, 400]);
    const listed = await exchange(server.url.replace('/api', ''), { method: 'GET', path: '/_mock/requests' });
    expect(listed.status).toBe(200);
    expect(listed.body).toMatchObject([{ response: { status: 400 } }, { response: { status: 400 } }]);
    expect(server.requests.every((each) => each.body !== undefined)).toBe(true);
  });
});
