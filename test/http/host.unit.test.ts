import { describe, expect, it } from 'vitest';
import { isHostAndPort } from '../../server/http/rejections/host.ts';
import { INVALID_HOSTS, VALID_HOSTS } from './hosts.ts';

describe('isHostAndPort', () => {
  it.each(VALID_HOSTS)('accepts %j', (host) => {
    expect(isHostAndPort(host)).toBe(true);
  });

  it.each(INVALID_HOSTS)('rejects %j', (host) => {
    expect(isHostAndPort(host)).toBe(false);
  });
});
