// The steps of a request body: its media type, its size and its JSON.
import type { RouteEntry } from '../../../openapi/model/operation-tables.ts';
import { checkContentCoding } from '../body/content-coding.ts';
import { hasBody } from '../body/has-body.ts';
import type { LargeBodies } from '../body/large-bodies.ts';
import { checkMediaType } from '../body/media-type.ts';
import { decodeBody, needsTurn, parseBytes, readBody, type SentBody } from '../body/read-body.ts';
import type { Exchange, Step } from '../exchange/exchange.ts';
import type { SmallRequests } from '../exchange/small-requests.ts';
import type { ParseJson } from '../json/parse.ts';
import type { AppOptions } from '../options.ts';

/** Creates the check of the media type. A body that the contract does not declare is neither checked nor read. */
export function checkBodyType({ body }: RouteEntry): Step {
  return ({ request }) => {
    if (!body) {
      delete request.headers['content-type'];
      return;
    }
    const [mediaType] = body.mediaTypes;
    // A missing body has no media type, but the validator needs one to look up the schema.
    if (!body.required && !hasBody(request)) request.headers['content-type'] ??= mediaType;
    checkMediaType(request, body.mediaTypes);
    checkContentCoding(request);
  };
}

/**
 * Creates the step that reads the body as it was sent. Throws `PayloadTooLarge`, `MalformedJson` for a body that was
 * cut off, or `Unavailable` when there is no memory for it.
 */
export function receiveBody({ body }: RouteEntry, { memory }: Pick<AppOptions, 'memory'>): Step {
  return async (exchange) => {
    const { request, response, startedMs } = exchange;
    if (body) exchange.sentBody = await readBody(request, response, memory);
    exchange.receivedMs = Math.round(performance.now() - startedMs);
  };
}

/**
 * Creates the step that decodes and parses the body. A large or compressed one waits for its turn. Throws
 * `MalformedJson`, `PayloadTooLarge` for a compressed body, or `Unavailable` when there is no memory, the queue of the
 * client is full, or decompression takes too long.
 */
export function parseBody(
  parse: ParseJson,
  { largeBodies, smallRequests }: { largeBodies: LargeBodies; smallRequests: SmallRequests },
): Step {
  const parseNow = (exchange: Exchange, sent: SentBody) => {
    const bytes = decodeBody(sent);
    exchange.bodyBytes = bytes.length;
    if (exchange.onWritten) exchange.receivedBody = exchange.isLarge ? Buffer.from(bytes) : bytes;
    exchange.parts.body = parseBytes(bytes, sent, parse);
  };
  const parseInTurn = async (exchange: Exchange, sent: SentBody) => {
    const { response, principal } = exchange;
    exchange.isLarge = true;
    exchange.endProcessing = await largeBodies.takeTurn(response, principal.clientId, sent.blocks.length);
    await smallRequests.letPass();
    // The next large body reuses this buffer, so nothing may be awaited before it is parsed.
    parseNow(exchange, sent);
  };
  return (exchange) => {
    const { sentBody } = exchange;
    exchange.sentBody = undefined;
    if (sentBody && needsTurn(sentBody)) return parseInTurn(exchange, sentBody);
    smallRequests.begin();
    exchange.endProcessing = smallRequests.end;
    if (sentBody) parseNow(exchange, sentBody);
  };
}
