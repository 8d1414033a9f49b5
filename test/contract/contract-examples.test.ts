// Every example of the contract is a response of the server.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contract } from '../../generated/contract.ts';
import type { HttpRequest } from '../conformance/cases/case.ts';
import {
  type Condition,
  completeRequest,
  ERROR_REQUESTS,
  errorExamples,
  examplePairs,
  responseExamples,
} from '../conformance/cases/example-requests.ts';
import { createTransport } from '../conformance/send/transport.ts';
import type { HttpResponse } from '../conformance/validate/validate-response.ts';
import { withoutGenerated } from '../support/contract/organization.ts';
import { startDefectiveServer, startLimitedServer, startUnavailableServer } from '../support/failing-targets.ts';
import { startMemoryServer, type Target } from '../support/targets.ts';

const STARTERS: Record<Condition, () => Promise<Target>> = {
  normal: startMemoryServer,
  'rate-limited': startLimitedServer,
  failing: startDefectiveServer,
  unavailable: startUnavailableServer,
};
const targets = new Map<Condition, Target>();

beforeAll(async () => {
  for (const condition of ['normal', 'rate-limited', 'failing', 'unavailable'] as const)
    targets.set(condition, await STARTERS[condition]());
});
afterAll(() => Promise.all([...targets.values()].map((target) => target.close())));

async function sendTo(condition: Condition, request: HttpRequest): Promise<HttpResponse> {
  const transport = createTransport(`${targets.get(condition)?.url}/api`, 1);
  try {
    return await transport.send(request);
  } finally {
    transport.close();
  }
}

describe('request examples', () => {
  it.each(examplePairs(contract))(
    '$operationId, $name: returns the response example of the same name',
    async ({ request, response: expected }) => {
      const response = await sendTo('normal', request);

      expect(response.status).toBe(expected?.status);
      expect(withoutGenerated(JSON.parse(response.text))).toEqual(withoutGenerated(Object(expected?.value)));
    },
  );
});

describe('response examples', () => {
  it('have a request example for each success, except publishedResponse, which no server returns', () => {
    const named = examplePairs(contract).map(({ name }) => name);

    const unpaired = responseExamples(contract).filter(({ status, name }) => status < 300 && !named.includes(name));

    expect(unpaired.map(({ name }) => name)).toEqual(['publishedResponse']);
  });

  it('have a provoking request for each error, unless the suite receives it in its runs', () => {
    const names = errorExamples(contract).map(({ name }) => name);

    // contract.test.ts finds errors that no request provokes.
    expect(Object.keys(ERROR_REQUESTS).filter((name) => !names.includes(name))).toEqual([]);
    expect(names.filter((name) => name in ERROR_REQUESTS).length).toBeGreaterThan(12);
  });

  it.each(errorExamples(contract).filter(({ name }) => name in ERROR_REQUESTS))(
    'match the server: $name ($status)',
    async ({ name, status, value }) => {
      const { condition = 'normal', before, request } = ERROR_REQUESTS[name] ?? { request: {} };
      if (before) await sendTo(condition, completeRequest(before));

      const response = await sendTo(condition, completeRequest(request));

      expect({ status: response.status, body: JSON.parse(response.text) }).toEqual({ status, body: value });
    },
  );
});
