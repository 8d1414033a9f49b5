// Access to the controls, by the addresses of the connection and the headers.
import { describe, expect, it } from 'vitest';
import { findForeignPart } from '../../../mock/control/control-access.ts';

const ADDRESSES = ['127.0.0.1', '192.0.2.2', '::1', 'fe80::2', '2001:db8::2'];

/** Why a request is rejected, by a mock on a machine with these addresses. */
function reasonFor(
  { peer, local = '192.0.2.2', ...headers }: { peer?: string; local?: string; host?: string; origin?: string },
  host = '0.0.0.0',
): string | undefined {
  return findForeignPart({ socket: { remoteAddress: peer, localAddress: local }, headers }, host, () => ADDRESSES);
}

describe('a connection', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:127.8.0.1', '::ffff:127.0.0.1'],
    ['::1', '::1'],
    ['192.0.2.2', '192.0.2.2'],
    ['::ffff:192.0.2.2', '::ffff:192.0.2.2'],
    // The address belongs to another interface.
    ['192.0.2.2', '127.0.0.1'],
    ['2001:db8::2', 'fe80::2%eth0'],
    ['fe80::2%eth0', '2001:db8::2'],
    // The address belongs to no listed interface, as in some containers.
    ['192.0.2.9', '192.0.2.9'],
  ])('may use the controls when it comes from the machine: %s to %s', (peer, local) => {
    expect(reasonFor({ peer, local, host: 'localhost' })).toBeUndefined();
  });

  it.each([
    ['192.0.2.3', '192.0.2.2'],
    ['::ffff:192.0.2.3', '::ffff:192.0.2.2'],
    ['192.0.2.22', '192.0.2.2'],
    ['2001:db8::3', '2001:db8::2'],
    ['fe80::3%eth0', 'fe80::2%eth0'],
    [undefined, undefined],
    ['', ''],
  ])('is rejected when it comes from elsewhere: %s to %s', (peer, local) => {
    const reason = reasonFor({ ...(peer !== undefined && { peer }), ...(local !== undefined && { local }) });

    expect(reason).toMatch(/^The mock is controlled from its own machine only, unless .*--open-control/);
  });
});

describe('the Host and the Origin', () => {
  const peer = '192.0.2.2';

  it.each([
    ['localhost:4010', '0.0.0.0'],
    ['192.0.2.2:4010', '0.0.0.0'],
    ['192.0.2.2', '192.0.2.2'],
    ['[2001:db8::2]:4010', '::'],
    ['[2001:DB8:0::2]', '2001:db8::2'],
    ['[2001:db8::9]', '2001:0db8::9'],
    ['Build-Machine:4010', 'build-machine'],
    ['build-machine:4010', 'Build-Machine'],
  ])('may be %s for a mock on %s', (name, host) => {
    expect(reasonFor({ peer, host: name, origin: `http://${name}` }, host)).toBeUndefined();
  });

  it.each([
    ['192.0.2.3:4010', '0.0.0.0'],
    ['[2001:db8::3]', '::'],
    ['evil.example', '0.0.0.0'],
    // The name resolves to this machine.
    ['192.0.2.2.evil.example', '192.0.2.2'],
    ['evil.example:4010', '192.0.2.2'],
    ['0.0.0.0:4010', '127.0.0.1'],
    ['', '0.0.0.0'],
    ['[fe80::2%25eth0', '0.0.0.0'],
  ])('must not be %j for a mock on %s', (name, host) => {
    expect(reasonFor({ peer, host: name }, host)).toMatch(/^The mock is controlled at localhost or an address of its /);
    expect(reasonFor({ peer, origin: `http://${name}` }, host)).toMatch(/^The mock is controlled by pages of this /);
  });
});
