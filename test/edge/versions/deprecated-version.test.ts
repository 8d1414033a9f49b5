// The headers of a deprecated version.
import { afterAll, describe, expect, it } from 'vitest';
import type { Contract } from '../../../openapi/model/contract.ts';
import { completeContract } from '../../../openapi/model/load/complete-contract.ts';
import { createResponseValidator } from '../../conformance/validate/validate-response.ts';
import { FIRST, SECOND, thirdHandlers, threeVersions } from '../../support/contract/three-versions.ts';
import { DEMO, exchange, PATH, type TestRequest } from '../../support/http/http.ts';
import { startEdge, type Target } from '../../support/targets.ts';
import { BODIES } from './three-version-edge.ts';

describe('a deprecated version', () => {
  const deprecated = (deprecation: Contract['x-deprecation'] & {}) => {
    const { contract: newest, olderVersions: older } = threeVersions();
    const changed = older.map((each) => {
      if (each.version !== FIRST) return each;
      const announced: Contract = { ...structuredClone(each.contract), 'x-deprecation': deprecation };
      completeContract(announced);
      return { ...each, contract: announced };
    });
    return { contract: newest, olderVersions: changed };
  };

  const link = 'https://example.com/versions';
  const options = deprecated({ deprecatedAt: '2025-06-01', sunsetAt: '2026-06-01', link });
  let target: Target | undefined;
  afterAll(() => target?.close());

  it.each<[string, TestRequest]>([
    ['201', { body: BODIES[FIRST] }],
    ['400', { body: {} }],
    ['401', { headers: { authorization: '' } }],
    ['404', { path: '/api/none' }],
    ['405', { method: 'PUT' }],
  ])('says so with each of its responses, and other versions do not: %s', async (_, request) => {
    target ??= await startEdge(thirdHandlers().handlers, { ...options, corsOrigins: '*' });
    const { url } = target;
    const [older] = options.olderVersions;
    const validate = createResponseValidator(older?.contract ?? options.contract);
    const { method = 'POST', path = PATH } = request;
    const headers = { authorization: DEMO, 'content-type': 'application/json', origin: 'https://example.com' };
    const ask = (version: string) =>
      exchange(url, { ...request, headers: { ...headers, ...request.headers, 'sequence-version': version } });

    const [first, second] = [await ask(FIRST), await ask(SECOND)];

    expect(validate({ method, path }, first)).toEqual([]);
    expect(first.headers['access-control-expose-headers']).toMatch(/Deprecation,Sunset,Link/);
    expect(first.headers).toMatchObject({
      deprecation: '@1748736000',
      sunset: 'Tue, 02 Jun 2026 00:00:00 GMT',
      link: `<${link}>; rel="deprecation"; type="text/html"`,
    });
    expect(Object.keys(second.headers)).not.toEqual(expect.arrayContaining(['deprecation']));
    expect(Object.keys(second.headers)).not.toEqual(expect.arrayContaining(['sunset']));
  });
});
