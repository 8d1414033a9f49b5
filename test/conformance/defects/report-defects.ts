// Implementations whose errors do not say what the contract promises, or that treat equal requests as different.
import { errorResponse, readBody, readSent, typeOf } from './responses.ts';
import type { Defect, ProxyRequest, ReceivedResponse } from './rewriting-proxy.ts';

interface Detail {
  in: string;
  pointer: string;
  message: string;
}

interface ErrorBody {
  error: { type: string; message: string; details?: Detail[] };
}

/** Rewrites errors of a type. */
const rewrites = (
  rule: string,
  name: string,
  type: string,
  change: (error: ErrorBody['error'], request: ProxyRequest) => void,
): Defect => ({
  ...{ name, rule },
  response(response: ReceivedResponse, request) {
    if (typeOf(response) !== type || response.body === '') return;
    const body: ErrorBody = JSON.parse(response.body);
    change(body.error, request);
    response.body = JSON.stringify(body);
  },
});

/** Treats a request with the same key as a different one, if the selected part differs. */
const compares = (name: string, header: string): Defect => ({
  ...{ name, rule: 'idempotency' },
  async handle(request, forward, memory) {
    const key = request.headers['idempotency-key'];
    const value = String(request.headers[header]);
    const known = memory.get(String(key));
    if (key !== undefined && known !== undefined && known !== value) return errorResponse(409, 'IdempotencyKeyReused');
    const response = await forward(request);
    if (key !== undefined && response.status === 201) memory.set(String(key), value);
    return response;
  },
});

const countOf = (text: string) => text.replace(/\d[\d,]*/, '100');

export const REPORT_DEFECTS: Defect[] = [
  rewrites('many violations', 'states no number of violations', 'InvalidRequest', (error) => {
    error.message = 'The request is invalid.';
  }),
  rewrites('many violations', 'states the number of listed violations', 'InvalidRequest', (error) => {
    if (error.details?.length === 100) error.message = countOf(error.message);
  }),
  rewrites('many violations', 'lists the last violations', 'InvalidRequest', (error) => {
    if (error.details?.length !== 100) return;
    for (const each of error.details)
      each.pointer = each.pointer.replace(/\/(\d+)$/, (_, index) => `/${Number(index) + 50}`);
  }),
  rewrites('json', 'states the first line for all of malformed JSON', 'MalformedJson', (error) => {
    error.message = 'The body is not valid JSON at line 1, column 1.';
  }),
  rewrites('json', 'composes characters in pointers', 'InvalidRequest', (error) => {
    for (const each of error.details ?? []) each.pointer = each.pointer.normalize('NFC');
  }),
  rewrites('maxItems', 'reports nothing beside too many items', 'InvalidRequest', (error, request) => {
    const ids = readBody(request)?.match(/"[0-9a-f-]{36}"/g) ?? [];
    if (ids.length <= 10_000) return;
    error.details = error.details?.filter(({ pointer }) => pointer === '/memberIds') ?? [];
  }),
  rewrites('json', 'states no place of malformed JSON', 'MalformedJson', (error) => {
    error.message = 'The body is not valid JSON.';
  }),
  rewrites('query', 'lists a query parameter as often as it is sent', 'InvalidRequest', (error, { path }) => {
    const sent = path.split(/[?&]/).filter((each) => each.startsWith('unknown='));
    if (sent.length > 1) error.details?.push(...(error.details ?? []).slice(0, 1));
  }),
  rewrites('json', 'lists the place of long names for each name', 'InvalidRequest', (error, { body }) => {
    if (/x{2000}/.test(body) && /y{2000}/.test(body)) error.details?.push(...(error.details ?? []).slice(0, 1));
  }),
  rewrites('customers', 'lists an unknown customer as often as it is named', 'UnknownCustomers', (error, request) => {
    const ids = readSent(request)?.memberIds.map((id) => id.toLowerCase()) ?? [];
    const [only] = error.details ?? [];
    const id = ids[Number(only?.pointer.split('/').at(-1))];
    if (!only || error.details?.length !== 1 || id === undefined) return;
    const indexes = [...ids.keys()].filter((index) => ids[index] === id);
    error.details = indexes.map((index) => ({ ...only, pointer: `/memberIds/${index}` }));
  }),
  rewrites('customers', 'names the last place of an unknown customer', 'UnknownCustomers', (error, request) => {
    const ids = readSent(request)?.memberIds.map((id) => id.toLowerCase()) ?? [];
    for (const each of error.details ?? []) {
      const id = ids[Number(each.pointer.split('/').at(-1))];
      if (id !== undefined) each.pointer = `/memberIds/${ids.lastIndexOf(id)}`;
    }
  }),
  {
    name: 'accepts random UUIDs only',
    rule: 'customers',
    request(request) {
      const isOther = readSent(request)?.memberIds.some((id) => !/^.{14}[47]/.test(id) && id.length === 36);
      if (isOther) request.body = request.body.replace(/"memberIds":\[/, '"memberIds":[null,');
    },
  },
  {
    name: 'lists gzip alone when it rejects a coding',
    rule: 'media-type',
    response({ status, headers }) {
      if (status === 415 && headers['accept-encoding'] !== undefined) headers['accept-encoding'] = 'gzip';
    },
  },
  {
    name: 'sends no Accept-Encoding when it rejects a coding',
    rule: 'media-type',
    response({ status, headers }) {
      if (status === 415) delete headers['accept-encoding'];
    },
  },
  compares('takes another spelling of Content-Type for another request', 'content-type'),
  compares('takes a compressed body for another request', 'content-encoding'),
];
