// The media type of a body that the validator receives.
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { checkMediaType } from '../../../server/edge/body/media-type.ts';

describe('checkMediaType', () => {
  it('leaves one Content-Type only, so that a client cannot grow the cache of the validator', () => {
    const seen = ['application/json', 'application/json; x=1', 'APPLICATION/json;charset=utf-8; y="2"'].map((type) => {
      const request = { headers: { 'content-type': type } } as IncomingMessage; // Only these parts are read.
      checkMediaType(request, ['application/json']);
      return request.headers['content-type'];
    });

    expect(new Set(seen)).toEqual(new Set(['application/json']));
  });
});
