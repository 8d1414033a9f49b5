// A client whose requests go nowhere, for the tests of its options and errors.
import { onTestFinished } from 'vitest';
import { type Mock, startMock } from '../../mock/start.ts';
import { createClient, type TestedOptions, testedOrganizationWith } from '../support/contract/tested-version.ts';

export const PATH = '/customer-organizations';
export const BODY = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };
export const CREATED = testedOrganizationWith({ owner: { id: BODY.ownerId, name: 'A' }, members: [] });
export const CREDENTIALS = { clientId: 'key', clientSecret: 'secret' };
export const BASIC = 'Basic a2V5OnNlY3JldA==';

/** A client whose requests get a 201, or what `respond` returns. */
export function clientWith(
  options: Partial<TestedOptions> = {},
  respond = async (_: Request) => Response.json(CREATED, { status: 201 }),
) {
  const requests: Request[] = [];
  const client = createClient({
    baseUrl: 'https://api.test/api',
    fetch: (request) => {
      requests.push(request);
      return respond(request);
    },
    ...options,
  });
  const header = (name: string) => requests.map(({ headers }) => headers.get(name));
  return { client, requests, header };
}

export async function startOwnMock(): Promise<Mock> {
  const mock = await startMock({ port: 0 });
  onTestFinished(() => mock.close());
  return mock;
}

export function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

export const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
