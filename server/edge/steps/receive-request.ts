// The steps of a request from its media type to its validation, as one version of the contract has them.
import type { RouteEntry } from '../../../openapi/model/operation-tables.ts';
import { checkContentCoding } from '../body/content-coding.ts';
import { hasBody } from '../body/has-body.ts';
import type { LargeBodies } from '../body/large-bodies.ts';
import { checkMediaType } from '../body/media-type.ts';
import { decodeBody, needsTurn, parseBody, readBody } from '../body/read-body.ts';
import type { JoinBatch } from '../exchange/batch-scheduler.ts';
import type { Step } from '../exchange/exchange.ts';
import type { SmallRequests } from '../exchange/small-requests.ts';
import { createParser, type ParseJson } from '../json/parse.ts';
import type { AppOptions } from '../options.ts';
import type { Operation } from '../routes/operation.ts';
import { createExplain } from '../violations/explain.ts';
import { violationLimitOf } from '../violations/violation-limit.ts';
import { validateRequest } from './validate-request.ts';

/** What all operations of an app share. */
interface Shared {
  largeBodies: LargeBodies;
  smallRequests: SmallRequests;
  joinBatch: JoinBatch;
}

/** From the media type to the contract. */
export function receiveRequest<Extra>(
  { contract, entry, route, validators }: Operation,
  options: Pick<AppOptions<Extra>, 'memory' | 'prepare'>,
  shared: Shared,
): Step[] {
  const { joinBatch, smallRequests } = shared;
  return [
    checkBodyType(route),
    receiveBody(route, createParser(contract, entry, violationLimitOf(contract, entry)), shared, options),
    // A large body has a tick of its own.
    ({ isLarge }) => (isLarge ? smallRequests.letPass() : joinBatch()),
    prepare(options),
    validateRequest(route, validators, createExplain(contract, entry)),
  ];
}

/** A body that the contract does not declare is not read, and its media type means nothing. */
function checkBodyType({ body }: RouteEntry): Step {
  return ({ request }) => {
    if (!body) {
      delete request.headers['content-type'];
      return;
    }
    const [mediaType] = body.mediaTypes;
    // What is not sent has no media type. The validator looks its schema up by one.
    if (!body.required && !hasBody(request)) request.headers['content-type'] ??= mediaType;
    checkMediaType(request, body.mediaTypes);
    checkContentCoding(request);
  };
}

function receiveBody(
  { body }: RouteEntry,
  parse: ParseJson,
  { largeBodies, smallRequests }: Shared,
  { memory }: Pick<AppOptions, 'memory'>,
): Step {
  return async (exchange) => {
    const { request, response, principal, parts, startedMs } = exchange;
    const sent = body && (await readBody(request, response, memory));
    exchange.receivedMs = Math.round(performance.now() - startedMs);
    if (sent && needsTurn(sent)) {
      exchange.isLarge = true;
      exchange.endTurn = await largeBodies.takeTurn(response, principal.clientId, sent.blocks.length);
    } else {
      smallRequests.begin();
      exchange.endTurn = smallRequests.end;
    }
    if (!sent) return;
    if (exchange.isLarge) await smallRequests.letPass();
    // The next large body takes the place of this one: nothing is awaited before it is parsed.
    const bytes = decodeBody(sent);
    exchange.bodyBytes = bytes.length;
    if (exchange.onWritten) exchange.receivedBody = exchange.isLarge ? Buffer.from(bytes) : bytes;
    parts.body = parseBody(bytes, sent, parse);
  };
}

function prepare<Extra>(options: Pick<AppOptions<Extra>, 'prepare'>): Step {
  return (exchange) => {
    exchange.extra = options.prepare?.(exchange.request);
  };
}
