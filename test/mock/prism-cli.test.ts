// For those who use Prism directly: its own command, at the pinned version, answers from the contract as it stands.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { preferHeader } from '../../mock/scenarios.ts';
import manifest from '../../server/package.json' with { type: 'json' };
import { type Answered, DEMO, exchange, judge, PATH, type Sent } from '../support/http.ts';
import { scenarios } from '../support/operation.ts';
import { type PrismProcess, startPrismProcess } from '../support/prism-process.ts';

const VALID = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

let prism: PrismProcess;
beforeAll(async () => {
  prism = await startPrismProcess();
});
afterAll(() => prism.close());

/** Prism ignores the base path of the servers, so a request goes without it; the answer is judged as the operation's. */
async function ask(sent: Sent): Promise<Answered> {
  const answer = await exchange(prism.url, {
    path: '/customer-organizations',
    ...sent,
    headers: { authorization: DEMO, 'content-type': 'application/json', ...sent.headers },
  });
  // Prism tells its own findings about a request in this header.
  const { 'sl-violations': violations, ...headers } = answer.headers;
  expect(judge({ method: 'POST', path: PATH }, { ...answer, headers })).toEqual([]);
  return answer;
}

describe('npx prism mock openapi/openapi.yaml', () => {
  it('is of the same pinned version as the engine in the mock', () => {
    expect(manifest.dependencies['@stoplight/prism-cli']).toMatch(/^\d+\.\d+\.\d+$/);
    expect(manifest.dependencies['@stoplight/prism-http']).toBe(manifest.dependencies['@stoplight/prism-cli']);
  });

  it.each([
    ['201 to a valid request', { body: VALID }, 201],
    ['400 to an invalid one', { body: {} }, 400],
    ['401 without credentials', { body: VALID, headers: { authorization: [] } }, 401],
  ] satisfies [string, Sent, number][])('answers %s', async (_, sent, status) => {
    expect((await ask(sent)).status).toBe(status);
  });

  it.each(scenarios)('answers $status with the example $example', async (scenario) => {
    const [, prefer = ''] = preferHeader(scenario).split(': ');

    const answer = await ask({ body: VALID, headers: { prefer } });

    expect(answer.status).toBe(scenario.status);
    expect(answer.body).toMatchObject(
      scenario.status === 201 ? { id: expect.any(String) } : { error: { type: scenario.example } },
    );
  });
});
