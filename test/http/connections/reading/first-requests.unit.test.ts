// The first data of connections is parsed in turns of their clients.
import { Socket } from 'node:net';
import { setImmediate as nextTick } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rememberCredentials } from '../../../../server/edge/exchange/known-credentials.ts';
import { clientOf } from '../../../../server/edge/exchange/socket-clients.ts';
import { FirstRequests } from '../../../../server/http/connections/reading/first-requests.ts';

/** The value of an Authorization header of this client. */
const credentialsOf = (client: string) => `Basic ${btoa(`${client}:secret`)}`;

const headerWith = (field: string) => Buffer.from(`GET / HTTP/1.1\r\nHost: x\r\n${field}\r\n\r\n`);

/** A socket without a peer, with a handle like that of Node. */
function createSocket({ isReset = false } = {}): Socket {
  const handle = { reading: true, readStart: vi.fn(), readStop: vi.fn(), getpeername: () => (isReset ? -107 : 0) };
  return Object.assign(new Socket(), { _handle: handle, destroy: vi.fn() });
}

// Node's types do not declare the handle.
const readStopOf = (socket: Socket) => (socket as unknown as { _handle: { readStop: unknown } })._handle.readStop;

/** First requests, of which each takes this number of milliseconds to parse. */
function createFirstRequests({ parseMs = 20, mustYield = (): boolean => false } = {}) {
  const resumed: Socket[] = [];
  const firstRequests = new FirstRequests(mustYield, (socket) => void resumed.push(socket));
  const parsed: string[] = [];
  const add = (name: string, client = name, socket = createSocket()) => {
    firstRequests.add(socket, headerWith(`Authorization: ${credentialsOf(client)}`), () => {
      vi.advanceTimersByTime(parseMs);
      parsed.push(name);
    });
    return socket;
  };
  return { firstRequests, add, parsed, resumed };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  for (const client of ['a', 'b', 'c']) rememberCredentials(credentialsOf(client), client);
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the turns', () => {
  it('are at once for a connection that arrives alone', () => {
    const { add, parsed, resumed, firstRequests } = createFirstRequests();

    const socket = add('a');

    expect([parsed, resumed, firstRequests.has(socket)]).toEqual([['a'], [], false]);
    expect(readStopOf(socket)).not.toHaveBeenCalled();
  });

  it('come later for those for which this tick has no time, one in each tick if they take long', async () => {
    const { add, parsed, resumed, firstRequests } = createFirstRequests();
    const sockets = [add('a'), add('b'), add('c')];
    const counts = [parsed.length];
    expect(sockets.map((socket) => firstRequests.has(socket))).toEqual([false, true, true]);

    for (let tick = 0; tick < 4; tick++) {
      await nextTick();
      counts.push(parsed.length);
    }

    expect(counts).toEqual([1, 1, 2, 3, 3]);
    expect(resumed).toEqual(sockets.slice(1));
  });

  it('are taken by one connection of each client after the other, the newest or the oldest', async () => {
    const { add, parsed } = createFirstRequests({ parseMs: 2 });
    // The first five use up the time of this tick.
    for (let count = 0; count < 5; count++) add('first', 'a');
    for (const name of ['a1', 'a2', 'a3']) add(name, 'a');
    for (const name of ['b1', 'c1', 'b2']) add(name, name.slice(0, 1));
    expect(parsed).toEqual(Array(5).fill('first'));

    for (let tick = 0; tick < 3; tick++) await nextTick();

    expect(parsed.slice(5)).toEqual(['a3', 'b2', 'c1', 'a1', 'b1', 'a2']);
  });

  it('are those of one client for all whose credentials are not known', async () => {
    const { add, parsed } = createFirstRequests();
    add('first', 'a');
    for (const client of ['x', 'y', 'z']) add(client);
    add('b');

    for (let tick = 0; tick < 8; tick++) await nextTick();

    expect(parsed).toEqual(['first', 'z', 'b', 'x', 'y']);
  });

  it('wait while there is something more urgent', async () => {
    let isBurst = true;
    const { add, parsed } = createFirstRequests({ mustYield: () => isBurst });
    add('a');
    for (let tick = 0; tick < 3; tick++) await nextTick();
    const meanwhile = [...parsed];

    isBurst = false;
    for (let tick = 0; tick < 2; tick++) await nextTick();

    expect([meanwhile, parsed]).toEqual([[], ['a']]);
  });

  it('are not given to connections that are closed, or were reset', async () => {
    const { add, parsed, firstRequests } = createFirstRequests();
    add('a');
    const closed = add('b');
    const reset = add('c', 'c', createSocket({ isReset: true }));
    add('d');
    firstRequests.delete(closed);

    for (let tick = 0; tick < 4; tick++) await nextTick();

    expect(parsed).toEqual(['a', 'd']);
    expect([closed, reset].map((socket) => firstRequests.has(socket))).toEqual([false, false]);
    expect(reset.destroy).toHaveBeenCalled();
  });

  it('can be taken at once', async () => {
    const { add, parsed, resumed, firstRequests } = createFirstRequests();
    add('a');
    const socket = add('b');

    firstRequests.parseNow(socket);
    firstRequests.parseNow(socket);
    for (let tick = 0; tick < 3; tick++) await nextTick();

    expect([parsed, resumed]).toEqual([['a', 'b'], [socket]]);
  });
});

describe('the memory of the data', () => {
  it('is freed when its connection is closed before it is parsed', () => {
    const { firstRequests, add } = createFirstRequests();
    add('a');
    const socket = createSocket();
    const chunk = Buffer.from(new ArrayBuffer(10_000));
    firstRequests.add(socket, chunk, () => {});

    firstRequests.delete(socket);

    expect(chunk.length).toBe(0);
  });
});

describe('the client', () => {
  it.each([
    ['in any case of letters', `AUTHORIZATION: ${credentialsOf('a')}`, 'a'],
    ['with spaces around it', `authorization: \t ${credentialsOf('a')}  `, 'a'],
    ['with none', `authorization:${credentialsOf('a')}`, 'a'],
    ['that is wrong', `Authorization: Basic ${btoa('a:wrong')}`, undefined],
    ['in another field', `X-Authorization: ${credentialsOf('a')}`, undefined],
    ['that is missing', 'Accept: */*', undefined],
  ])('is found by a header field %s', (_case, field, expected) => {
    const { firstRequests } = createFirstRequests();
    const socket = createSocket();

    firstRequests.add(socket, headerWith(field), () => {});

    expect(clientOf(socket)).toBe(expected);
  });

  it('is not found in a body, nor in a header that has not arrived in full', () => {
    const { firstRequests } = createFirstRequests();
    const authorization = `\r\nAuthorization: ${credentialsOf('a')}`;
    const [inBody, incomplete] = [createSocket(), createSocket()];

    firstRequests.add(inBody, Buffer.from(`POST / HTTP/1.1\r\nHost: x\r\n\r\n${authorization}\r\n`), () => {});
    firstRequests.add(incomplete, Buffer.from(`POST / HTTP/1.1${authorization}\r\n`), () => {});

    expect([clientOf(inBody), clientOf(incomplete)]).toEqual([undefined, undefined]);
  });
});
