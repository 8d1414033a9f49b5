// Internal errors on a connection, in an observer or in the app, which only affect that connection.
import { describe, expect, it } from 'vitest';
import { listen } from '../../../server/http/listen.ts';
import { send } from '../../support/http/http.ts';
import { closing, errorIn, readResponses } from '../../support/http/raw-http.ts';
import { openConnection, statusesIn } from '../../support/http/sockets.ts';
import { collectLog } from '../../support/log-lines.ts';
import { startEdge } from '../../support/targets.ts';

describe('an observer that throws', () => {
  it('does not prevent a response, and is logged in full', async () => {
    const { log, lines } = collectLog();
    const observe = () => {
      throw new Error('the metrics are on fire');
    };
    const { url } = await closing(startEdge({}, { log, observe }));

    await send(url, { method: 'GET' });
    await send(url, { method: 'GET' });

    expect(lines.map(({ msg }) => msg)).toEqual(['observe failed', 'request', 'observe failed', 'request']);
    expect(lines[0]?.err).toMatchObject({ message: 'the metrics are on fire', stack: expect.any(String) });
  });
});

describe('an app that throws', () => {
  const bare = { port: 0, host: '127.0.0.1', portHint: '' };
  const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

  it('returns 500 in the error format before its response has begun, and is logged in full', async () => {
    const { log, lines } = collectLog();
    const fail = () => {
      throw new Error('the disk is on fire');
    };
    const { url } = await closing(listen(fail, { ...bare, log }).then(asTarget));
    const connection = await openConnection(url);

    connection.socket.write(GET);
    await connection.responses(1);

    const [response] = readResponses(connection.received(), ['GET']);
    expect(response && [response.status, errorIn(response).type]).toEqual([500, 'InternalError']);
    expect(connection.received()).not.toContain('fire');
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        err: expect.objectContaining({ message: 'the disk is on fire', stack: expect.stringContaining('test.ts') }),
      }),
    );
  });

  it('closes its connection, and no other, after its response has begun', async () => {
    const { log, lines } = collectLog();
    let first = true;
    const { url } = await closing(
      listen(
        (_request, response) => {
          if (!first) return void response.end('fine');
          first = false;
          response.write('begun');
          throw new Error('the disk is on fire');
        },
        { ...bare, log },
      ).then(asTarget),
    );
    const [one, other] = [await openConnection(url), await openConnection(url)];

    one.socket.write(GET);
    await one.closed;
    other.socket.write(GET);
    await other.responses(1);

    expect(statusesIn(other.received())).toEqual([200]);
    expect(lines).toEqual([expect.objectContaining({ level: 'error' })]);
  });
});

function asTarget({ url, close }: Awaited<ReturnType<typeof listen>>) {
  return { url, close: async () => void (await close(0)) };
}
