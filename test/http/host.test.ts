// The Host header (RFC 9112, section 3.2): exactly one, and valid (RFC 9110, section 7.2; RFC 3986, section 3.2.2).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BOTH, errorIn, type LoggedTarget, readResponses, sendBytes } from '../support/http/raw-http.ts';
import { INVALID_HOSTS, VALID_HOSTS } from './hosts.ts';

describe.each(BOTH)('%s', (_, start) => {
  let target: LoggedTarget;
  beforeAll(async () => {
    target = await start();
  });
  afterAll(() => target.close());

  async function ask(head: string) {
    target.lines.length = 0;
    const text = await sendBytes(target.url, `${head}Connection: close\r\n\r\n`);
    const [response, ...others] = readResponses(text, ['GET']);
    if (!response) throw new Error('There is no response.');
    expect(others).toEqual([]);
    expect(target.lines).toEqual([expect.objectContaining({ requestId: response.headers['x-request-id'] })]);
    const { type, message } = errorIn(response);
    return [response.status, type, message];
  }

  const GET = 'GET /x HTTP/1.1\r\n';
  const ROUTED = [404, 'NotFound', expect.any(String)];
  const rejected = (message: string) => [400, 'InvalidRequest', message];

  it('returns 400 to each invalid value', async () => {
    for (const host of INVALID_HOSTS)
      expect([host, ...(await ask(`${GET}Host: ${host}\r\n`))]).toEqual([
        host,
        ...rejected('The Host header is not a host, or a host and a port.'),
      ]);
  });

  it('routes each valid value', async () => {
    for (const host of VALID_HOSTS)
      expect([host, ...(await ask(`${GET}hOST: ${host} \r\n`))]).toEqual([host, ...ROUTED]);
  });

  it.each(['localhost', 'other', ''])('returns 400 when there is a second one, %j', async (second) => {
    for (const version of ['1.0', '1.1'])
      expect(await ask(`GET /x HTTP/${version}\r\nHost: localhost\r\nX: y\r\nhost: ${second}\r\n`)).toEqual(
        rejected('The request has more than one Host header.'),
      );
  });

  it('returns 400 when it is missing, except in HTTP/1.0', async () => {
    expect(await ask(GET)).toEqual(rejected('The request has no Host header.'));
    expect(await ask('GET /x HTTP/1.0\r\n')).toEqual(ROUTED);
  });

  it('is validated when the target names a host, too', async () => {
    expect(await ask('GET http://localhost/x HTTP/1.1\r\nHost: a b\r\n')).toEqual(
      rejected('The Host header is not a host, or a host and a port.'),
    );
    expect(await ask('GET http://localhost/x HTTP/1.1\r\n')).toEqual(rejected('The request has no Host header.'));
    expect(await ask('GET http://localhost/x HTTP/1.1\r\nHost: other\r\n')).toEqual(ROUTED);
  });
});
