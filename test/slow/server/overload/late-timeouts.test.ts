// Time-outs after the process was paused, or its event loop blocked: data that arrived in time is read first.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { organizationWith } from '../../../support/contract/organization.ts';
import { createText, errorIn, readResponses } from '../../../support/http/raw-http.ts';
import { openConnection, statusesIn } from '../../../support/http/sockets.ts';
import { startEdge, type Target } from '../../../support/targets.ts';

const BODY = JSON.stringify({ ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] });
const CREATE = createText(BODY);
const KEPT = createText(BODY, { Connection: 'keep-alive' });
/** Node adds a second to `idleMs`. */
const TIMEOUTS = { headerMs: 1000, requestMs: 1200, idleMs: 300, stalledMs: 60_000, checkMs: 20 };
const LATE_MS = 1500;

/** Blocks server and client, as if the process were paused. What is written before has reached the system. */
function block(ms = LATE_MS): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe('a server that was paused', () => {
  let target: Target;
  beforeAll(async () => {
    const createCustomerOrganization = async () => ({ status: 201, body: organizationWith() }) as const;
    target = await startEdge({ createCustomerOrganization }, {}, { timeouts: TIMEOUTS });
  });
  afterAll(() => target.close());

  /** A connection that the server has accepted. */
  const open = async () => {
    const connection = await openConnection(target.url);
    await (await fetch(target.url)).arrayBuffer();
    return connection;
  };

  it.each([
    ['a new connection', '', CREATE],
    ['half a header', CREATE.slice(0, 30), CREATE.slice(30)],
    ['half a body', CREATE.slice(0, -10), CREATE.slice(-10)],
  ])('responds to a request that arrived meanwhile: on %s', async (_, before, after) => {
    const { socket, closed } = await open();
    if (before !== '') {
      socket.write(before);
      await sleep(10);
    }
    socket.write(after);
    block();

    expect(statusesIn(await closed)).toEqual([201]);
  });

  it('responds to a request that arrived meanwhile: on a kept connection', async () => {
    const { socket, closed, responses } = await open();
    socket.write(KEPT);
    await responses(1);
    socket.write(CREATE);
    block();

    expect(statusesIn(await closed)).toEqual([201, 201]);
  });

  it('reads all of a large body that arrived meanwhile', async () => {
    const { socket, closed } = await open();
    socket.write(createText(' '.repeat(300_000) + BODY));
    block();

    expect(statusesIn(await closed)).toEqual([201]);
  });

  it.each([
    ['a header', CREATE.slice(0, 30)],
    ['a body', CREATE.slice(0, -10)],
  ])('still returns 400 to what has not all arrived: %s', async (_, part) => {
    const { socket, closed } = await open();
    socket.write(part);
    block();

    const [response] = readResponses(await closed, ['POST']);
    expect(response && errorIn(response)).toEqual({
      type: 'InvalidRequest',
      message: 'The request did not arrive in time.',
    });
  });

  it.each([
    ['one', '', '\r\n'],
    ['several', '', '\r\n\n\r\n'],
    ['one more', '\r\n', '\r\n'],
  ])(
    'closes a new connection without a response when only empty lines arrived meanwhile: %s',
    async (_, before, after) => {
      const { socket, closed } = await open();
      if (before !== '') {
        socket.write(before);
        await sleep(10);
      }
      socket.write(after);
      block();

      expect(await closed).toBe('');
    },
  );

  it('reads what a client still sends before it closes after the last response', async () => {
    const { socket, closed, received } = await open();
    socket.on('end', () => {
      // A connection that is closed before this is read is reset, which loses what the client has not read yet.
      socket.write('x'.repeat(10_000));
      block(1200);
    });
    socket.write('malformed\r\n\r\n');

    expect(statusesIn(await closed)).toEqual([400]);
    expect(received()).toContain('Connection: close');
  });
});
