// The documentation is executable: every example of the contract is what the server really says.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contract } from '../../generated/contract.ts';
import type { Sent } from '../conformance/case.ts';
import {
  answerExamples,
  type Condition,
  completeRequest,
  ERROR_REQUESTS,
  errorExamples,
  examplePairs,
  withIdOf,
} from '../conformance/example-requests.ts';
import { createTransport } from '../conformance/transport.ts';
import type { Reply } from '../conformance/validate-response.ts';
import { startBrokenServer, startLimitedServer, startUnavailableServer } from '../support/faulty-targets.ts';
import { startMemoryServer, type Target } from '../support/targets.ts';

const STARTERS: Record<Condition, () => Promise<Target>> = {
  ordinary: startMemoryServer,
  limited: startLimitedServer,
  broken: startBrokenServer,
  unavailable: startUnavailableServer,
};
const targets = new Map<Condition, Target>();

beforeAll(async () => {
  for (const condition of ['ordinary', 'limited', 'broken', 'unavailable'] as const)
    targets.set(condition, await STARTERS[condition]());
});
afterAll(() => Promise.all([...targets.values()].map((target) => target.close())));

async function ask(condition: Condition, sent: Sent): Promise<Reply> {
  const transport = createTransport(`${targets.get(condition)?.url}/api`, 1);
  try {
    return await transport.send(sent);
  } finally {
    transport.close();
  }
}

describe('each request example', () => {
  it.each(examplePairs(contract))(
    '$operationId, $name, is answered with the example of its name',
    async ({ request, answer }) => {
      const reply = await ask('ordinary', request);

      expect(answer).toBeDefined();
      expect(reply.status).toBe(answer?.status);
      expect(withIdOf(answer?.value, reply)).toEqual(answer?.value);
    },
  );
});

describe('each answer example', () => {
  it('of a success belongs to a request example, but for the one that says that no server gives it', () => {
    const named = examplePairs(contract).map(({ name }) => name);

    const alone = answerExamples(contract).filter(({ status, name }) => status < 300 && !named.includes(name));

    expect(alone.map(({ name }) => name)).toEqual(['publishedResponse']);
  });

  it('of an error has a request here that gives it', () => {
    expect(Object.keys(ERROR_REQUESTS).sort()).toEqual(
      errorExamples(contract)
        .map(({ name }) => name)
        .sort(),
    );
  });

  it.each(errorExamples(contract))('$name ($status) is what the server says', async ({ name, status, value }) => {
    const { condition = 'ordinary', before, request } = ERROR_REQUESTS[name] ?? { request: {} };
    if (before) await ask(condition, completeRequest(before));

    const reply = await ask(condition, completeRequest(request));

    expect({ status: reply.status, body: JSON.parse(reply.text) }).toEqual({ status, body: value });
  });
});
