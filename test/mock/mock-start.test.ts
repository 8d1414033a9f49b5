// startMock: the mock as part of a test or a Storybook.
import { describe, expect, it, onTestFinished } from 'vitest';
import { createBrowserMock } from '../../mock/browser/index.ts';
import { type MockOptions, startMock } from '../../mock/start.ts';
import { StartupError } from '../../server/startup-error.ts';
import { exchange, send } from '../support/http/http.ts';
import { ROOT, runNode } from '../support/project-copy.ts';

const VALID = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

describe('startMock', () => {
  it('starts mocks that are independent of each other', async () => {
    const [first, second] = await Promise.all([startMock({ port: 0 }), startMock({ port: 0, delay: 20 })]);
    const body = JSON.stringify(VALID);
    const key = { 'idempotency-key': 'k' };

    expect(first.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api$/);
    await send(first.url, { body, headers: key });
    expect((await send(second.url, { body, headers: key })).headers).not.toHaveProperty('idempotency-replayed');
    await first.close();
    expect((await send(second.url, { body, headers: { prefer: 'code=429' } })).status).toBe(429);
    await second.close();

    await expect(send(second.url, { body })).rejects.toThrow('ECONNREFUSED');
  });

  it('delays every response by at least the lower bound of `delay`', async () => {
    const mock = await startMock({ port: 0, delay: [300, 400] });
    onTestFinished(() => mock.close());
    const startedMs = performance.now();

    const response = await send(mock.url, { path: '/api/x' });

    expect(response.status).toBe(404);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(299);
  });

  const customer = { id: VALID.ownerId, name: 'Acme' };
  const credentials = { clientId: 'key', clientSecret: 'hush' };
  /** Invalid values of options that every mock has. */
  const INVALID_DATA: [unknown, RegExp][] = [
    [5, /options must be an object, not 5/],
    [null, /options must be an object, not null/],
    [{ customer: [] }, /no option "customer"\. Known here: customers, credentials, /],
    [{ customers: customer }, /`customers` option must be a list of objects with `id` and `name`, not an object/],
    [{ customers: [null] }, /`customers\[0\]` option must be an object, not null/],
    [{ customers: [customer, { ...customer, id: 'x' }] }, /`customers\[1\]\.id` option must be a UUID, not "x"/],
    [{ customers: [{ ...customer, id: `urn:uuid:${customer.id}` }] }, /must be a UUID/],
    [{ customers: [{ ...customer, name: '' }] }, /`customers\[0\]\.name` option must be a text of 1 to 255/],
    [
      { customers: [customer, { ...customer, id: customer.id.toUpperCase() }] },
      /Two of the `customers` have the ID 50/,
    ],
    [{ credentials: 'key:hush' }, /`credentials` option must be an object .* not that text/],
    [{ credentials: null }, /`credentials` option/],
    [
      { credentials: { ...credentials, clientId: 'a:b' } },
      /`credentials\[0\]\.clientId` option .* without a colon, not "a:b"/,
    ],
    [{ credentials: [credentials, { ...credentials, clientId: '' }] }, /`credentials\[1\]\.clientId` option/],
    [{ credentials: { clientId: 'key' } }, /`credentials\[0\]\.clientSecret` option must be a text/],
    [{ credentials: { clientId: '', clientSecret: 'hush' } }, /clientId` option must be a text that is not empty/],
    [
      { credentials: { clientId: 'a\n', clientSecret: 'hush' } },
      /without control characters and without a colon, not "a\\n"/,
    ],
    [{ credentials: { clientId: 'a', clientSecret: 'hush\x7f' } }, /a text without control characters, not that text/],
    [{ credentials: { clientId: '\ud800', clientSecret: 'hush' } }, /clientId` option/],
    [
      { credentials: [credentials, { ...credentials, extra: 1 }] },
      /`credentials\[1\]` option has no property "extra"\. Known here: clientId, clientSecret\./,
    ],
    [
      { customers: [{ ...customer, nmae: 1 }] },
      /`customers\[0\]` option has no property "nmae"\. Known here: id, name/,
    ],
    [{ customers: [{ ...customer, toString: 1 }] }, /has no property "toString"/],
  ];

  it.each<[unknown, RegExp]>([
    ...INVALID_DATA,
    [{ port: 65_536 }, /`port` option must be an integer from 0 to 65,535, not 65536/],
    [{ port: -1 }, /`port` option/],
    [{ port: '4010' }, /`port` option .* not "4010"/],
    [{ port: null }, /`port` option .* not null/],
    [{ host: '' }, /`host` option must be a text that is not empty/],
    [{ host: 5 }, /`host` option/],
    [{ delay: '200' }, /`delay` option .* not "200"/],
    [{ delay: null }, /`delay` option .* not null/],
    [{ delay: '100-800' }, /the lowest and the highest, such as \[100, 800\]; .* not "100-800"\.$/],
    [{ delay: [5, 1] }, /integers from 0 to 60,000, not \[5, 1\]\.$/],
    [{ delay: [1, 2, 3] }, /not \[1, 2, 3\]\.$/],
    [{ delay: ['1', null] }, /not \["1", null\]\.$/],
    [{ delay: [0, Number.NaN] }, /not \[0, NaN\]\.$/],
    [{ openControl: 'no' }, /`openControl` option must be true or false, not "no"/],
    [{ log: console }, /`log` option must be a logger of pino/],
    [{ contract: {} }, /`contract` option must be a bundled OpenAPI 3\.1 document/],
    [{ contract: 'openapi.yaml' }, /`contract` option .* not "openapi\.yaml"/],
    [{ reference: '' }, /`reference` option/],
    [{ basePath: '/api' }, /no option "basePath"/],
  ])('rejects the options %j with a StartupError', async (options, message) => {
    const error: unknown = await startMock(options as MockOptions).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(StartupError);
    expect(error).toHaveProperty('message', expect.stringMatching(message));
    expect(String(error)).not.toContain('hush');
  });

  it.each<[unknown, RegExp]>([
    ...INVALID_DATA,
    ...[
      'api',
      'https://app.test/api',
      '//app.test',
      '/api?x',
      '/api#x',
      '/a\npi',
      '/api\t',
      '/api\x7f',
      '/a//b',
      '/\\host',
      5,
      null,
    ].map((basePath): [unknown, RegExp] => [
      { basePath },
      /`basePath` option must be a path such as \/api, without \?, #, backslash, .* and control characters, not /,
    ]),
    [{ port: 0 }, /no option "port"/],
  ])('has the same rules in a browser: %j', (options, message) => {
    expect(() => createBrowserMock(options as MockOptions)).toThrow(TypeError);
    expect(() => createBrowserMock(options as MockOptions)).toThrow(message);
  });

  it('rejects every client when the list of credentials is empty', async () => {
    const mock = createBrowserMock({ credentials: [] });
    const headers = { authorization: 'Basic a2V5OnNlY3JldA==', 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(VALID) };

    expect((await mock.fetch('https://app.test/api/customer-organizations', init)).status).toBe(401);
  });

  it('accepts options that are undefined', async () => {
    // The value may be undefined, which must also compile with `exactOptionalPropertyTypes`.
    const unset: { [Option in keyof MockOptions]-?: undefined } = {
      ...{ port: undefined, host: undefined, delay: undefined, openControl: undefined, log: undefined },
      ...{ contract: undefined, reference: undefined, customers: undefined, credentials: undefined },
    };
    const mock = await startMock({ ...unset, port: 0 });
    onTestFinished(() => mock.close());
    expect(mock.url).toBe(`http://127.0.0.1:${mock.port}/api`);
    const data = { customers: undefined, credentials: undefined };
    expect(() => createBrowserMock({ ...data, basePath: undefined })).not.toThrow();
    expect(() => createBrowserMock({ basePath: '' })).not.toThrow();
  });

  it('names the option for a free port when the port is taken', async () => {
    const mock = await startMock({ port: 0 });
    onTestFinished(() => mock.close());

    await expect(startMock({ port: mock.port })).rejects.toThrow(/is taken\. .* or `port: 0` in a test\.$/);
  });

  it.each([[-1], [0.5], [Number.NaN], [60_001], [[2, 1]], [[0, Number.POSITIVE_INFINITY]]])(
    'rejects the delay %j',
    async (delay) => {
      await expect(startMock({ port: 0, delay: delay as number })).rejects.toThrow('such as 200'); // Or pairs.
    },
  );

  it('responds to preflights without delay, and closes while requests are delayed', async () => {
    const mock = await startMock({ port: 0, delay: 60_000 });
    const waiting = send(mock.url, { body: VALID }).catch((error: Error) => error.message);
    const preflight = { origin: 'https://a.example', 'access-control-request-method': 'POST' };
    // The preflight arrives after the other request, because both pass the same accept queue in order.
    await exchange(mock.url, { method: 'OPTIONS', headers: preflight });

    await mock.close();

    expect(await waiting).toMatch(/ECONN|socket hang up/);
  });

  it('lets the process exit within a second after close', async () => {
    const script = `
      const { startMock } = await import('./mock/start.ts');
      const mock = await startMock({ port: 0 });
      const body = ${JSON.stringify(JSON.stringify(VALID))};
      const authorization = 'Basic a2V5OnNlY3JldA==';
      const headers = { authorization, 'content-type': 'application/json', prefer: 'code=429' };
      const response = await fetch(mock.url + '/customer-organizations', { method: 'POST', headers, body });
      await mock.close();
      const closedMs = performance.now();
      process.on('exit', () => console.log(response.status, performance.now() - closedMs < 1000));
    `;

    const ran = await runNode(['--input-type=module', '--eval', script], { cwd: ROOT });

    expect(ran).toEqual({ code: 0, stdout: '429 true\n', stderr: '' });
  });
});
