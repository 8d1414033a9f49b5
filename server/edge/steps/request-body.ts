// The steps of a request body: its media type, its size and its JSON.
import type { RouteEntry } from '../../../openapi/model/operation-tables.ts';
import { checkContentCoding } from '../body/content-coding.ts';
import { hasBody } from '../body/has-body.ts';
import type { LargeBodies } from '../body/large-bodies.ts';
import { freeMemory } from '../body/large-buffer.ts';
import { checkMediaType } from '../body/media-type.ts';
import { decodeBody, needsTurn, readBody, type SentBody } from '../body/read-body.ts';
import { parseBody, type ScannedBody, scanDecoded } from '../body/scan/scan-body.ts';
import { processScanThread } from '../body/scan/scan-thread.ts';
import type { Exchange, Step } from '../exchange/exchange.ts';
import type { SmallRequests } from '../exchange/small-requests.ts';
import type { ScanRules } from '../json/parse.ts';
import type { RequestMemory } from '../memory/request-memory.ts';
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
 * Creates the step that decodes and parses the body. A large or compressed one waits for its turn, and is scanned in
 * another thread. Throws `MalformedJson`, `PayloadTooLarge` for a compressed body, or `Unavailable` when there is no
 * memory, the queue of the client is full, or decompression takes too long.
 */
export function parseInSteps(
  rules: ScanRules,
  { largeBodies, smallRequests }: { largeBodies: LargeBodies; smallRequests: SmallRequests },
): Step {
  const parse = (exchange: Exchange, scanned: ScannedBody, memory: RequestMemory) => {
    exchange.bodyBytes = scanned.length;
    exchange.receivedBody = scanned.decoded;
    exchange.parts.body = parseBody(scanned, memory);
  };
  const parseInTurn = async (exchange: Exchange, sent: SentBody) => {
    const { response, principal, onWritten } = exchange;
    exchange.isLarge = true;
    exchange.endProcessing = await largeBodies.takeTurn(response, principal.clientId, sent.blocks.length);
    const scanned = await processScanThread.scan(sent, rules, onWritten !== undefined);
    await smallRequests.letPass();
    try {
      parse(exchange, scanned, sent.memory);
    } finally {
      if (scanned.remaining) freeMemory(scanned.remaining.text);
    }
  };
  return (exchange) => {
    const { sentBody, onWritten } = exchange;
    exchange.sentBody = undefined;
    if (sentBody && needsTurn(sentBody)) return parseInTurn(exchange, sentBody);
    smallRequests.begin();
    exchange.endProcessing = smallRequests.end;
    if (sentBody) parse(exchange, scanDecoded(decodeBody(sentBody), rules, onWritten !== undefined), sentBody.memory);
  };
}
