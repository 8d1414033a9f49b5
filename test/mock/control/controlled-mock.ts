// Starts the mock for tests of its controls.
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { type Mock, type MockOptions, startMock } from '../../../mock/start.ts';
import { send, type TestRequest, type TestResponse } from '../../support/http/http.ts';

export const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
export const MEMBER = 'e309e948-088e-4d77-b654-cd85498f1555';
export const VALID = { ownerId: OWNER, memberIds: [MEMBER] };

/** The mock of the current test, and its URL without the base path. */
export let mock: Mock;
export let origin: string;

/** Starts a mock for the current test. */
export async function start(options: MockOptions = {}) {
  mock = await startMock({ port: 0, ...options });
  origin = new URL(mock.url).origin;
  onTestFinished(() => mock.close());
}

let shared: Mock;

/** One mock for all tests of the file that need no option: starting one compiles every schema. */
export function shareMock(): void {
  beforeAll(async () => {
    shared = await startMock({ port: 0 });
  });
  afterAll(() => shared.close());
}

/** Resets the shared mock, for the current test. */
export function useShared() {
  shared.reset();
  mock = shared;
  origin = new URL(mock.url).origin;
}

export const create = (sent: TestRequest = {}) => send(origin, { body: VALID, ...sent });
export const statusesOf = async (count: number) => {
  const statuses = [];
  for (let index = 0; index < count; index++) statuses.push((await create()).status);
  return statuses;
};
export const typeOf = ({ body }: TestResponse) => (body as { error?: { type: string } }).error?.type;
export const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => 'responded',
    (error: Error & { code?: string }) => error.code ?? error.message,
  );
