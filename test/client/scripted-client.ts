// A client whose requests get scripted responses, and the responses.
import { createClient, type TestedOptions, testedOrganizationWith } from '../support/contract/tested-version.ts';

export const PATH = '/customer-organizations';
export const BODY = {
  ownerId: '50af5191-05a3-42a5-802a-6b59091157af',
  memberIds: ['e309e948-088e-4d77-b654-cd85498f1555'],
};
export const CREATED = testedOrganizationWith({ owner: { id: BODY.ownerId, name: 'A' }, members: [] });

export const CREDENTIALS = { clientId: 'key', clientSecret: 'secret' };

type Step = Response | Error;

/** A client whose `fetch` returns these responses in order, and records the requests. */
export function clientWith(steps: Step[], options: Partial<TestedOptions> = {}) {
  const requests: Request[] = [];
  const client = createClient({
    baseUrl: 'https://api.test/api',
    credentials: CREDENTIALS,
    fetch: async (request) => {
      requests.push(request);
      const step = steps[requests.length - 1];
      if (!step) throw new Error('More requests than expected.');
      if (step instanceof Error) throw step;
      return step;
    },
    ...options,
  });
  return { client, requests, keys: () => requests.map((each) => each.headers.get('Idempotency-Key')) };
}

export const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  Response.json(body, { status, headers });
export const errorResponse = (status: number, type: string, headers: Record<string, string> = {}) =>
  json(status, { error: { type, message: 'No.' } }, headers);
export const text = (status: number, body: string, type: string) =>
  new Response(body, { status, headers: { 'Content-Type': type } });
