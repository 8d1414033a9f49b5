// Compares the response to a derived case with the expected outcome. Rules for every response are in
// validate-response.ts.
import type { Case } from '../cases/case.ts';
import { placeOf } from '../cases/demands.ts';
import type { RequestBuilder } from '../cases/request-builder.ts';
import { VERSION } from '../cases/schema.ts';
import { findDisclosures } from './find-disclosures.ts';
import { parse } from './response-body.ts';
import { checkSemantics, type RunState } from './semantics.ts';
import { validateOutcome } from './validate-outcome.ts';
import { isReplay, validateReplay } from './validate-replay.ts';
import type { HttpResponse, Violation } from './validate-response.ts';

/**
 * The violations in the response to this case, besides those of the response validation.
 *
 * @param responses all responses of the case, those to its setup requests first
 */
export function validateCase(
  builder: RequestBuilder,
  each: Case,
  response: HttpResponse,
  state: RunState,
  responses: readonly HttpResponse[],
): Violation[] {
  const body = parse(response);
  noteProxy(response, state);
  return [
    ...validateOutcome(builder, each, response, body),
    ...validateReplay(each, response, responses),
    ...validateVersion(builder, each, response),
    ...findDisclosures(builder.subject, builder, response),
    ...validateRequestId(response, state),
    // A request that should have been rejected has no correct success response.
    ...(each.expected.kind === 'accepted' && response.status >= 200 && response.status < 300
      ? checkSemantics(builder.operationId, each.value, body, {
          replayed: isReplay(response),
          mock: builder.subject.mock === true,
          state,
          earlier: isInTurn(each) ? responses.slice(0, responses.indexOf(response)).map(parse) : [],
        })
      : []),
  ];
}

/** Whether each request was sent after the response to the one before. */
function isInTurn({ delivery }: Case): boolean {
  return delivery === undefined || delivery === 'one connection';
}

/** Proxies that name themselves in `Server`. The header for that is `Via` (RFC 9110, section 7.6.3). */
const PROXY = /nginx|openresty|cloudflare|cloudfront|varnish|envoy|haproxy|traefik|caddy|apache|akamai|awselb/i;

function noteProxy({ headers }: HttpResponse, state: RunState): void {
  if (headers.via !== undefined || PROXY.test(headers.server ?? '')) state.hasProxy = true;
}

/** A requested version that exists is the version of the response. */
function validateVersion(
  { parameters, reader }: RequestBuilder,
  { request }: Case,
  response: HttpResponse,
): Violation[] {
  return parameters
    .filter(({ schema, parameter }) => parameter.in === 'header' && schema.references.includes(VERSION))
    .flatMap(({ parameter: { name }, schema }) => {
      const requested = request.headers[name.toLowerCase()];
      const exists = reader.violationsIn(schema, requested).length === 0;
      const received = response.headers[name.toLowerCase()];
      if (!exists || received === undefined || requested === received) return [];
      return [
        {
          rule: 'version',
          message: `Version ${requested} was requested; received version ${received}.`,
          ...placeOf('version of responses'),
        },
      ];
    });
}

function validateRequestId(response: HttpResponse, state: RunState): Violation[] {
  const id = response.headers['x-request-id'];
  if (id === undefined) return [];
  const known = state.requestIds.has(id);
  state.requestIds.add(id);
  if (!known) return [];
  return [
    {
      rule: 'request id',
      message: `The X-Request-Id ${id} was already used in another response.`,
      ...placeOf('request ID'),
    },
  ];
}
