// Prism's own command, for users who run it directly: it works with the contract unchanged.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { preferHeader } from '../../../mock/core/scenarios.ts';
import mock from '../../../mock/package.json' with { type: 'json' };
import manifest from '../../../package.json' with { type: 'json' };
import { requestExamples, scenarios } from '../../support/contract/operation.ts';
import {
  DEMO,
  exchange,
  PATH,
  type TestRequest,
  type TestResponse,
  validateResponse,
} from '../../support/http/http.ts';
import { type PrismProcess, startPrismProcess } from '../../support/process/prism-process.ts';

const VALID = requestExamples.noMembersYet.value;

let prism: PrismProcess;
beforeAll(async () => {
  prism = await startPrismProcess();
});
afterAll(() => prism.close());

/** Sends a request without the base path, which Prism ignores. Validates the response as that of the operation. */
async function sendValidated(sent: TestRequest): Promise<TestResponse> {
  const response = await exchange(prism.url, {
    path: '/customer-organizations',
    ...sent,
    headers: { authorization: DEMO, 'content-type': 'application/json', ...sent.headers },
  });
  // Prism reports request violations in this header.
  const { 'sl-violations': violations, ...headers } = response.headers;
  expect(validateResponse({ method: 'POST', path: PATH }, { ...response, headers })).toEqual([]);
  return response;
}

describe('npx prism mock openapi/openapi.yaml', () => {
  it('has the same pinned version as the engine of the mock', () => {
    expect(manifest.devDependencies['@stoplight/prism-cli']).toMatch(/^\d+\.\d+\.\d+$/);
    expect(mock.devDependencies['@stoplight/prism-http']).toBe(manifest.devDependencies['@stoplight/prism-cli']);
  });

  it.each([
    ['201 for a valid request', { body: VALID }, 201],
    ['400 for an invalid request', { body: {} }, 400],
    ['401 without credentials', { body: VALID, headers: { authorization: [] } }, 401],
  ] satisfies [string, TestRequest, number][])('returns %s', async (_, sent, status) => {
    expect((await sendValidated(sent)).status).toBe(status);
  });

  it.each(scenarios)('returns $status with the example $example', async (scenario) => {
    const [, prefer = ''] = preferHeader(scenario).split(': ');

    const response = await sendValidated({ body: VALID, headers: { prefer } });

    expect(response.status).toBe(scenario.status);
    expect(response.body).toMatchObject(
      scenario.status === 201 ? { id: expect.any(String) } : { error: { type: scenario.example } },
    );
  });
});
