// `conform`: the suite inside a test, against a URL or a handler.
import { createServer } from 'node:http';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createBrowserMock } from '../../../mock/browser/index.ts';
import { seedDemo } from '../../../server/demo/demo.ts';
import { createServerApp } from '../../../server/serve.ts';
import { openSqliteStore } from '../../../server/store/sqlite/store.ts';
import { conform } from '../../conformance/conform.ts';
import { startMemoryServer, type Target } from '../../support/targets.ts';

const FAST = { requests: 10, seed: 5 };

describe('conform', () => {
  let reference: Target;
  beforeAll(async () => {
    reference = await startMemoryServer();
  });
  afterAll(() => reference.close());

  /** Forwards a request to the reference server, with another path if one is given. */
  async function forward({ url, method, headers, body }: Request, path = new URL(url).pathname): Promise<Response> {
    const { search } = new URL(url);
    const sent = new Headers(headers);
    sent.delete('transfer-encoding'); // `fetch` sets this header itself.
    const response = await fetch(reference.url + path + search, { method, headers: sent, body, duplex: 'half' });
    const received = new Response(response.body, response);
    received.headers.delete('content-length');
    return received;
  }

  async function* fail(): AsyncGenerator<Uint8Array> {
    yield* [];
    throw boom;
  }

  it('finds no failure in a server at a URL', async () => {
    const report = await conform({ url: reference.url }, { ...FAST, rate: 100_000, only: ['json', 'status'] });

    expect(report).toMatchObject({ url: `${reference.url}/api`, seed: 5, conforms: true, failures: [], failed: 0 });
    expect(report.rules.map(({ rule }) => rule)).toEqual(['json', 'response', 'status']);
    expect(report.cases).toBeGreaterThan(400);
  });

  it('finds no failure in an Express app, of any rule', async () => {
    const store = openSqliteStore({ path: ':memory:' });
    onTestFinished(() => store.close());
    await seedDemo(store);
    const app = await createServerApp(store, { log: pino({ level: 'silent' }) });

    const report = await conform({ listener: app }, FAST);

    expect(report.failures).toEqual([]);
    expect(report.conforms).toBe(true);
    expect(report.coverage.filter(({ kind, verified }) => kind === 'request constraint' && !verified)).toEqual([]);
  });

  it('finds no failure in a fetch handler, of any rule, besides the content coding that it lacks', async () => {
    const mock = createBrowserMock();

    const report = await conform({ fetch: mock.fetch }, { ...FAST, mock: true });

    // The mock decompresses with the functions of browsers, which lack zstd.
    expect(report.failures.filter((failure) => !/zstd/i.test(failure.case))).toEqual([]);
    expect(report.cases).toBeGreaterThan(400);
  });

  it('returns the failures of a handler', async () => {
    const fetch = () => Response.json({ id: 1 }, { status: 201 });

    const report = await conform({ fetch }, { ...FAST, basePath: '/v2/', only: ['required', 'body'] });

    expect(report.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v2$/);
    expect(report.conforms).toBe(false);
    expect(new Set(report.failures.map(({ rule }) => rule))).toEqual(new Set(['required', 'body']));
    expect(report.failures[0]).toMatchObject({
      case: expect.stringContaining('createCustomerOrganization'),
      message: expect.any(String),
      response: '201 Created {"id":1}',
      contractPointer: expect.stringMatching(/^\//),
      known: false,
    });
  });

  const boom = new Error('boom');
  it.each([
    ['a listener that rejects', { listener: () => Promise.reject(boom) }],
    [
      'a listener that throws',
      {
        listener: () => {
          throw boom;
        },
      },
    ],
    ['a fetch handler that rejects', { fetch: () => Promise.reject(boom) }],
    ['a fetch handler whose body fails', { fetch: () => new Response(ReadableStream.from(fail())) }],
  ])('returns what %s has thrown, and why the run ended', async (_name, handler) => {
    const report = await conform(handler, { ...FAST, only: ['required'] });

    expect(report).toMatchObject({
      conforms: null,
      abortReason: expect.stringMatching(/^No response from \S+ \(the handler threw Error: boom\)\./),
    });
    expect(report.handlerErrors).toHaveLength(1);
    expect(report.handlerErrors?.[0]).toBe(boom);
  });

  it('reports what the handler has thrown in each case, and continues', async () => {
    const fetch = async (request: Request) => {
      const text = await request.clone().text();
      if (!text.endsWith('}')) throw new RangeError(`${text.length > 0 ? 'no' : 'empty'} object`);
      return forward(request);
    };

    const report = await conform({ fetch }, { ...FAST, only: ['json'] });

    expect(report.conforms).toBe(false);
    expect(report.abortReason).toBeUndefined();
    expect(report.handlerErrors?.map(String).sort()).toEqual(['RangeError: empty object', 'RangeError: no object']);
    expect(new Set(report.failures.map(({ message }) => message))).toEqual(
      new Set([
        'No response: the handler threw RangeError: no object.',
        'No response: the handler threw RangeError: empty object.',
      ]),
    );
  });

  it('reports that a fetch handler returns no Response', async () => {
    // @ts-expect-error -- a program without types.
    const report = await conform({ fetch: () => 'x' }, FAST);

    expect(report.abortReason).toContain('The `fetch` handler must return a Response, not "x".');
  });

  it('accepts a report as the baseline, and reports which of its failures are resolved', async () => {
    const wrong = () => Response.json({ id: 1 }, { status: 201 });
    const right = (request: Request) => forward(request);
    const only = ['json'];
    const before = await conform({ fetch: wrong }, { ...FAST, only });

    const same = await conform({ fetch: wrong }, { requests: 10, only, baseline: before });
    const corrected = await conform({ fetch: right }, { requests: 10, only, baseline: before });

    expect(before).toMatchObject({ conforms: false, resolved: [] });
    expect(before.failures.length).toBeGreaterThan(5);
    expect(same).toMatchObject({ conforms: true, failed: 0, resolved: [], seed: 5 });
    expect(same.failures).toEqual(before.failures.map((each) => ({ ...each, curl: expect.any(Array), known: true })));
    expect(same.rules).toContainEqual(
      expect.objectContaining({ rule: 'json', failed: 0, known: same.failures.length }),
    );
    expect(corrected).toMatchObject({ conforms: true, failures: [] });
    expect(corrected.resolved).toEqual(before.failures.map(({ rule, case: name }) => ({ rule, case: name })));
  });

  it('explains a 502 of a proxy', async () => {
    const early = (request: Request) =>
      Number(request.headers.get('content-length')) > 1_048_576 ? new Response('', { status: 502 }) : forward(request);

    const report = await conform({ fetch: early }, { ...FAST, only: ['size'] });

    expect(report.failures.map(({ message }) => message)).toEqual([
      'Expected 413 PayloadTooLarge; received 502, as a proxy responds for a service that does not read a body that ' +
        'it rejects. Read it, and then close.',
    ]);
  });

  it('does not check a doubled slash behind a proxy that merges slashes, and finds it without one', async () => {
    const merging = (headers: Record<string, string>) => async (request: Request) => {
      const { pathname } = new URL(request.url);
      const response = await forward(request, pathname.replace(/\/+/g, '/'));
      for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
      return response;
    };
    const options = { ...FAST, only: ['path'] };

    const proxied = await conform({ fetch: merging({ server: 'nginx' }) }, options);
    const plain = await conform({ fetch: merging({}) }, options);

    const name = 'createCustomerOrganization: a doubled slash in the path';
    expect(proxied).toMatchObject({ conforms: true, notChecked: [{ rule: 'path', what: name }] });
    expect(new Set(plain.failures.map((each) => each.case))).toEqual(new Set([name]));
  });

  it('accepts U+FFFD for a lone surrogate in a pointer', async () => {
    const fetch = async (request: Request) => {
      const response = await forward(request);
      const text = (await response.text()).replace(/(?<="pointer":"\/)\\ud800/, '\ufffd');
      return new Response(text, { status: response.status, headers: response.headers });
    };

    const report = await conform({ fetch }, { ...FAST, only: ['json'] });

    expect(report.failures).toEqual([]);
  });

  it('returns a report when the server cannot be reached or rejects the credentials', async () => {
    const server = createServer().listen(0);
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await new Promise((settle) => server.close(settle));

    const gone = await conform({ url: `http://127.0.0.1:${port}` });
    const credentials = { clientId: 'key', clientSecret: 'wrong' };
    const rejected = await conform({ url: new URL(reference.url) }, { credentials });

    expect(gone).toMatchObject({ conforms: null, cases: 0, abortReason: expect.stringContaining('Is it running?') });
    expect(rejected).toMatchObject({ conforms: null, abortReason: expect.stringContaining('were rejected with 401') });
  });

  const url = 'http://localhost/api';
  it.each([
    [{ url: 'localhost' }, {}, 'Invalid url: "localhost" is not an http or https URL'],
    [{ url }, { rate: 0 }, 'The `rate` option must be an integer from 1 to 100,000, not 0.'],
    [{ url }, { only: ['jsno'] }, 'There is no rule "jsno". The rules'],
    [{ url }, { baseline: { failures: [{ rule: 'jsno' }] } }, 'There is no rule "jsno" for an entry of the baseline.'],
  ])('throws a TypeError for %j with %j', async (target, options, message) => {
    const rejection = await conform(target, options).catch((error: unknown) => error);

    expect(rejection).toBeInstanceOf(TypeError);
    expect(String(rejection)).toContain(message);
  });
});
