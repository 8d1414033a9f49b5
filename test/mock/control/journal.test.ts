// The journal of both mocks: its entries while a response is delayed, and copies that readers cannot change.
import { afterEach, describe, expect, it } from 'vitest';
import { examples } from '../../../generated/examples.ts';
import { createBrowserMock } from '../../../mock/browser/index.ts';
import { Journal } from '../../../mock/core/journal/journal.ts';
import type { MockControls } from '../../../mock/core/mock-controls.ts';
import { startMock } from '../../../mock/start.ts';
import { testedOrganizationWith, versionHeaders } from '../../support/contract/tested-version.ts';
import { DEMO } from '../../support/http/http.ts';

const VALID = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

interface Tested extends MockControls {
  create(path?: string, signal?: AbortSignal): Promise<Response>;
}

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

const initOf = (signal?: AbortSignal): RequestInit => ({
  method: 'POST',
  headers: { authorization: DEMO, 'content-type': 'application/json', ...versionHeaders },
  body: JSON.stringify(VALID),
  ...(signal && { signal }),
});

function withCreate(mock: MockControls, create: Tested['create']): Tested {
  // A getter is not copied.
  return Object.assign(Object.create(mock), { create });
}

const KINDS: [name: string, start: () => Promise<Tested>][] = [
  [
    'startMock',
    async () => {
      const mock = await startMock({ port: 0 });
      opened.push(() => mock.close());
      return withCreate(mock, (query = '', signal) =>
        fetch(`${mock.url}/customer-organizations${query}`, initOf(signal)),
      );
    },
  ],
  [
    'createBrowserMock',
    async () => {
      const mock = createBrowserMock();
      return withCreate(mock, (query = '', signal) =>
        mock.fetch(`http://localhost/api/customer-organizations${query}`, initOf(signal)),
      );
    },
  ],
];

const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => 'responded',
    () => 'failed',
  );

describe.each(KINDS)('the journal of %s', (_, start) => {
  it.each([
    ['a response', { delayMs: 60_000 }],
    ['a network error', { delayMs: 60_000, networkError: true as const }],
    ['a response that never comes', { delayMs: 60_000, hang: true as const }],
    ['an error', { scenario: 'RateLimited' as const, delayMs: 60_000 }],
  ])('lists a request whose outcome is delayed as soon as it arrives: %s', async (_, directive) => {
    const mock = await start();
    mock.next(directive);
    const sent = failed(mock.create());

    const waited = await mock.waitForRequest(({ body }) => body !== undefined);

    expect(waited).toMatchObject({ method: 'POST', body: VALID, violations: [], response: null });
    expect(mock.requests).toEqual([waited]);
    mock.reset();
    expect(await sent).toBe('failed');
    expect(mock.requests).toEqual([]);
  });

  it('has one entry for a request, in the order of arrival, which gets its response later', async () => {
    const mock = await start();
    mock.next({ delayMs: 1000 });
    const first = mock.create();
    await mock.waitForRequest();
    mock.next('oneMember');
    await mock.create();

    expect(mock.requests.map(({ response }) => response?.status)).toEqual([undefined, 201]);
    expect((await mock.waitForRequest()).response).toBeNull();
    const completed = mock.waitForRequest(({ response }) => response?.status === 201 && !isOneMember(response.body));
    await first;
    expect((await completed).body).toEqual(VALID);
    expect(mock.requests.map(({ response }) => isOneMember(response?.body))).toEqual([false, true]);
  });

  it('has one entry for a request whose client gives up during its delay', async () => {
    const mock = await start();
    const controller = new AbortController();
    mock.next({ delayMs: 200 });
    const sent = failed(mock.create('', controller.signal));
    await mock.waitForRequest();

    controller.abort();
    await sent;
    mock.next({ delayMs: 250 });
    await mock.create();

    expect(mock.requests.map(({ response }) => response?.status)).toEqual([undefined, 201]);
  });

  it('returns copies, so that changes by a reader affect no response', async () => {
    const [mock, other] = [await start(), await start()];
    mock.next('oneMember');
    await mock.create();

    const { response } = await mock.waitForRequest();
    const body = response?.body as { owner: { name: string }; members: unknown[] }; // The body of the example.
    body.owner.name = 'changed';
    body.members.length = 0;

    mock.reset();
    for (const each of [mock, other]) {
      each.next('oneMember');
      expect(await (await each.create()).json()).toEqual(ONE_MEMBER);
    }
    expect(examples.createCustomerOrganization.responses[201].oneMember.body).toEqual(NEWEST);
  });
});

const NEWEST = structuredClone(examples.createCustomerOrganization.responses[201].oneMember.body);
const ONE_MEMBER = structuredClone(testedOrganizationWith());

function isOneMember(body: unknown): boolean {
  return JSON.stringify(body) === JSON.stringify(ONE_MEMBER);
}

describe('Journal', () => {
  it('reports how many requests made room for the bodies of later ones', async () => {
    const journal = new Journal();
    const record = () => journal.complete(journal.begin('POST', '/x', {}), undefined, null, 1_000_000);
    for (let count = 0; count < 10; count++) record();

    expect(journal.requests).toHaveLength(3);
    await expect(journal.waitFor(() => false, 1)).rejects.toThrow(
      /There were: POST \/x none, .*\. 7 before them are not kept any more\.$/,
    );
    journal.clear('reset');
    record();
    await expect(journal.waitFor(() => false, 1)).rejects.toThrow(/There were: POST \/x none\.$/);
  });

  it.each([1_001, 1_999, 2_000, 2_500])('says of %i small requests which are not kept', async (count) => {
    const journal = new Journal();
    for (let index = 0; index < count; index++) journal.complete(journal.begin('POST', '/x', {}), undefined, null, 1);

    expect(journal.requests).toHaveLength(1000);
    await expect(journal.waitFor(() => false, 1)).rejects.toThrow(
      `. ${(count - 1000).toLocaleString('en')} before them are not kept any more.`,
    );
  });

  it('has the names of headers in lower case, as they were not in happy-dom', () => {
    const journal = new Journal();
    const entry = journal.begin('POST', '/x', [['Idempotency-Key', 'k'] as const, ['X-API-Key', 'secret'] as const]);
    journal.complete(entry, undefined, { status: 201, headers: [['Content-Type', 'application/json']], body: {} }, 1);

    expect(journal.requests[0]).toMatchObject({
      headers: { 'idempotency-key': 'k', 'x-api-key': '[redacted]' },
      response: { headers: { 'content-type': 'application/json' } },
    });
  });
});
