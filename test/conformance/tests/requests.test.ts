// How the conformance suite sends single requests, and retries them.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import { startLimitedServer } from '../../support/failing-targets.ts';
import type { HttpRequest } from '../cases/case.ts';
import { runSuite } from '../run/suite.ts';
import { MalformedResponseError } from '../send/malformed-response.ts';
import { createSender, RateLimitedError } from '../send/sender.ts';
import { createTransport } from '../send/transport.ts';
import type { HttpResponse } from '../validate/validate-response.ts';
import { SUBJECT } from './support/subject.ts';

const request: HttpRequest = { method: 'POST', path: '/x?a=b', headers: {}, body: `{"it's": "$HOME \`id\` \\\\ !"}` };

describe('createSender', () => {
  /** A clock that advances only while code waits, and a transport that records when it is used. */
  function createFixture(respond: (count: number) => Partial<HttpResponse>) {
    let nowMs = 0;
    const sentMs: number[] = [];
    const waits: number[] = [];
    return {
      sentMs,
      waits,
      clock: {
        nowMs: () => nowMs,
        wait: async (ms: number) => {
          nowMs += ms;
        },
      },
      onWait: (seconds: number) => void waits.push(seconds),
      transport: {
        send: async () => {
          sentMs.push(nowMs);
          return { status: 200, headers: {}, text: '', ...respond(sentMs.length) };
        },
      },
    };
  }
  const reject = (retryAfter?: string): Partial<HttpResponse> => ({
    status: 429,
    headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  });

  it('sends no faster than the rate', async () => {
    const fixture = createFixture(() => ({}));
    const send = createSender(fixture.transport, { rate: 100, ...fixture });

    for (let count = 0; count < 5; count++) await send(request);

    expect(fixture.sentMs).toEqual([0, 10, 20, 30, 40]);
  });

  it('retries after the time in Retry-After', async () => {
    const fixture = createFixture((count) => (count === 1 ? reject('30') : {}));
    const rejections: number[] = [];

    const response = await createSender(fixture.transport, fixture)(request, ({ status }) => rejections.push(status));

    expect(response.status).toBe(200);
    expect(fixture.sentMs).toEqual([0, 30_000]);
    expect(fixture).toMatchObject({ waits: [30] });
    expect(rejections).toEqual([429]);
  });

  it('sends no other request during the wait', async () => {
    const fixture = createFixture((count) => (count === 1 ? reject('30') : {}));
    const send = createSender(fixture.transport, fixture);

    await Promise.all([send(request), send(request).then(() => send(request))]);

    // The second request was sent before the first 429.
    expect(fixture.sentMs.slice(0, 2)).toEqual([0, 0]);
    expect(fixture.sentMs.slice(2).every((ms) => ms >= 30_000)).toBe(true);
  });

  it('backs off exponentially without Retry-After, and gives up after six retries', async () => {
    const fixture = createFixture(() => reject());

    await expect(createSender(fixture.transport, fixture)(request)).rejects.toThrow(RateLimitedError);

    expect(fixture.waits).toEqual([1, 2, 4, 8, 16, 32]);
  });

  it.each([
    ['20 retries', '1', 21],
    ['a Retry-After of more than ten minutes', '601', 1],
  ])('gives up after %s', async (_, retryAfter, sent) => {
    const fixture = createFixture(() => reject(retryAfter));

    await expect(createSender(fixture.transport, fixture)(request)).rejects.toThrow(RateLimitedError);

    expect(fixture.sentMs).toHaveLength(sent);
  });
});

describe('runSuite', () => {
  it('reports a Retry-After that is too short', async () => {
    const target = await startLimitedServer();
    onTestFinished(() => target.close());
    let nowMs = 0;
    const clock = {
      nowMs: () => nowMs,
      wait: async (ms: number) => {
        nowMs += ms;
      },
    };
    const subject = { url: `${target.url}/api`, ...SUBJECT };
    const options = { contract, subject, seed: 1, combinations: 0, connections: 1, clock, stopWhen: () => true };

    const [outcome] = await runSuite(options);

    expect(outcome?.rejections).toHaveLength(21);
    expect(outcome?.violations).toMatchObject([
      { rule: 'header value', quote: 'Retry after the seconds in `Retry-After`.' },
    ]);
  });
});

describe('createSender, when the service is unavailable', () => {
  const unavailable = (after: string) => ({ status: 503, headers: { 'retry-after': after }, text: '' });

  async function sendTo(responses: HttpResponse[], unavailableRetries?: number) {
    const waits: number[] = [];
    const rejections: number[] = [];
    const queue = [...responses];
    const send = createSender(
      { send: async () => queue.shift() ?? { status: 201, headers: {}, text: '' } },
      {
        ...(unavailableRetries !== undefined && { unavailableRetries }),
        clock: { nowMs: () => 0, wait: async () => {} },
        onWait: (seconds) => void waits.push(seconds),
      },
    );
    const { status } = await send(request, (rejection) => void rejections.push(rejection.status));
    return { status, waits, rejections };
  }

  it('retries a 503 after the time in Retry-After', async () => {
    expect(await sendTo([unavailable('2')], 5)).toEqual({ status: 201, waits: [2], rejections: [503] });
  });

  it.each([
    ['four times in a row', Array.from({ length: 4 }, () => unavailable('1')), 50, 3],
    ['more often than a run allows', Array.from({ length: 3 }, () => unavailable('1')), 2, 2],
    ['with a Retry-After of 11 seconds', [unavailable('11')], 5, 0],
    ['without Retry-After', [{ status: 503, headers: {}, text: '' }], 5, 0],
    ['before a run', [unavailable('1')], undefined, 0],
  ])('resolves with a 503 that comes %s', async (_, responses, retries, repeated) => {
    const { status, rejections } = await sendTo(responses, retries);

    expect({ status, rejections: rejections.length }).toEqual({ status: 503, rejections: repeated });
  });
});

describe('createTransport', () => {
  /** A transport to a server that sends these bytes to each connection, and closes it or keeps it open. */
  async function connectTo(bytes: string, ends: boolean) {
    const server = createServer((socket) => {
      socket.on('error', () => {}); // Clients may reset the connection.
      socket.once('data', () => (ends ? socket.end(bytes) : socket.write(bytes)));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // It listens on a port, not on a pipe.
    const transport = createTransport(`http://127.0.0.1:${port}/api`, 1, 5_000);
    onTestFinished(() => {
      transport.close();
      server.close();
    });
    return transport;
  }
  const UPGRADE = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n';

  it.each([
    ['closes the connection', UPGRADE, true],
    ['keeps the connection open', UPGRADE, false],
    ['names no protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', false],
    ['sends more after it', `${UPGRADE}HTTP/1.1 204 No Content\r\n\r\n`, false],
  ])('resolves with a 101 that no request asked for, when the server %s', async (_, bytes, ends) => {
    const transport = await connectTo(bytes, ends);

    expect(await transport.send(request)).toMatchObject({ status: 101, text: '' });
    expect(await transport.openConnection().send(request)).toMatchObject({ status: 101 });
    expect(await transport.sendTogether([request, request])).toMatchObject([{ status: 101 }, { status: 101 }]);
    await expect(transport.sendPipelined([request, request])).rejects.toThrow(MalformedResponseError);
  });

  it('treats several 100 Continue responses as one', async () => {
    const bytes = `${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(2)}HTTP/1.1 204 No Content\r\n\r\n`;
    const transport = await connectTo(bytes, false);

    const response = await transport.send({ ...request, headers: { expect: '100-continue' } });

    expect(response.status).toBe(204);
  });

  it('rejects when a server closes the connection after 100 Continue', async () => {
    const transport = await connectTo('HTTP/1.1 100 Continue\r\n\r\n', true);

    await expect(transport.send({ ...request, headers: { expect: '100-continue' } })).rejects.toThrow('socket hang up');
    await expect(transport.sendPipelined([request, request])).rejects.toThrow('after 0 of 2 responses');
  });
});
