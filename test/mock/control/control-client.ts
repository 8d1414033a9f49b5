// Sends requests to the controls, and validates responses against their OpenAPI file.
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { parse } from 'yaml';
import type { Contract } from '../../../openapi/model/contract.ts';
import { createResponseValidator } from '../../conformance/validate/validate-response.ts';
import { exchange, type TestRequest } from '../../support/http/http.ts';

/** The OpenAPI file of the controls. */
export const FILE = new URL('../../../mock/control/control.openapi.yaml', import.meta.url);

// The file is linted, so it has the shape of a contract.
const description = parse(await readFile(FILE, 'utf8')) as Contract;
const validate = createResponseValidator({ ...description, 'x-fallback-responses': {} });

/** Sends a request to the controls. Rejects when the response is not what their OpenAPI file declares. */
export async function controlAt(base: string, method: string, path: string, body?: unknown) {
  const sent: TestRequest = { method, path, headers: { 'content-type': 'application/json' }, body };
  const response = await exchange(base, sent);
  expect(undeclaredOf(response, path, method)).toEqual([]);
  return response;
}

/** The parts of a response that the OpenAPI file of the controls does not declare. */
export function undeclaredOf(response: Awaited<ReturnType<typeof exchange>>, path: string, method = 'POST') {
  // All responses of the mock have these headers.
  const { 'x-request-id': _, 'sequence-version': __, ...headers } = response.headers;
  return validate({ method, path }, { ...response, headers });
}
