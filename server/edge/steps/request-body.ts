// The steps of a request body: its media type, its size and its JSON.
import type { RouteEntry } from '../../../openapi/model/operation-tables.ts';
import type { BodyTurns } from '../body/body-turns.ts';
import { checkContentCoding } from '../body/content-coding.ts';
import { hasBody } from '../body/has-body.ts';
import { freeMemory } from '../body/large-buffer.ts';
import { checkMediaType } from '../body/media-type.ts';
import { classOf, decodeBody, readBody, type SentBody } from '../body/read-body.ts';
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

/** The turns of medium and of large bodies. */
export type Turns = Readonly<Record<'medium' | 'large', BodyTurns>>;

/**
 * Creates the step that decodes and parses the body. Medium and large ones wait for turns of their own, so that a body
 * of 1,000 members need not wait for those of 10,000. A large one is scanned in another thread. Throws `MalformedJson`,
 * `PayloadTooLarge` for a compressed body, or `Unavailable` when there is no memory, the queue of the client is full,
 * or decompression takes too long.
 */
export function parseInSteps(rules: ScanRules, turns: Turns, smallRequests: SmallRequests): Step {
  const parse = (exchange: Exchange, scanned: ScannedBody, memory: RequestMemory) => {
    exchange.bodyBytes = scanned.length;
    exchange.receivedBody = scanned.decoded;
    exchange.parts.body = parseBody(scanned, memory);
  };
  const parseHere = (exchange: Exchange, sent: SentBody) =>
    parse(exchange, scanDecoded(decodeBody(sent), rules, exchange.onWritten !== undefined), sent.memory);
  const takeTurn = async (exchange: Exchange, { blocks, memory }: SentBody, size: keyof Turns) => {
    exchange.bodyClass = size;
    const waiting = { client: exchange.principal.clientId, bytes: blocks.length, memory };
    try {
      exchange.onProcessed = await turns[size].takeTurn(waiting);
    } catch (error) {
      blocks.drop();
      throw error;
    }
  };
  const parseMedium = async (exchange: Exchange, sent: SentBody) => {
    await takeTurn(exchange, sent, 'medium');
    await smallRequests.letPass('medium');
    parseHere(exchange, sent);
  };
  const parseLarge = async (exchange: Exchange, sent: SentBody) => {
    await takeTurn(exchange, sent, 'large');
    const scanned = await processScanThread.scan(sent, rules, exchange.onWritten !== undefined);
    await smallRequests.letPass('large');
    try {
      parse(exchange, scanned, sent.memory);
    } finally {
      if (scanned.remaining) freeMemory(scanned.remaining.text);
    }
  };
  return (exchange) => {
    const { sentBody } = exchange;
    exchange.sentBody = undefined;
    const bodyClass = sentBody && classOf(sentBody);
    if (sentBody && bodyClass === 'large') return parseLarge(exchange, sentBody);
    if (sentBody && bodyClass === 'medium') return parseMedium(exchange, sentBody);
    smallRequests.begin();
    exchange.onProcessed = smallRequests.end;
    if (sentBody) parseHere(exchange, sentBody);
  };
}
