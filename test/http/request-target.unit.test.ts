import { describe, expect, it } from 'vitest';
import { parseTarget } from '../../server/http/rejections/request-target.ts';
import { BAD_CHARACTER, BAD_HOST, BAD_SCHEME, INVALID_TARGETS, VALID_TARGETS } from './request-targets.ts';

describe('parseTarget', () => {
  it.each(VALID_TARGETS)('reduces %j to a path', (target, url) => {
    expect(parseTarget(target)).toMatchObject({ url });
  });

  it.each(INVALID_TARGETS.filter(([, message]) => [BAD_CHARACTER, BAD_HOST, BAD_SCHEME].includes(String(message))))(
    'rejects %j',
    (target, message) => {
      expect(parseTarget(target)).toBe(message);
    },
  );
});
