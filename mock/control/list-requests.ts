// Lists the requests that have arrived. Readers take turns, so that the mock stays responsive however many there are.
import type { RequestHandler } from 'express';
import type { SmallRequests } from '../../server/edge/exchange/small-requests.ts';
import { writeParts } from '../../server/edge/steps/write-response.ts';
import type { Journal } from '../core/journal/journal.ts';

/** The header with the number of requests that have been dropped from the journal. */
const DROPPED = 'Dropped-Requests';

/** The time in milliseconds by which each step of serialization is longer than the one before. */
const STEP_MS = 2;

const [OPEN, COMMA, CLOSE] = ['[', ',', ']'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];

/** Creates the handler. In one tick of the event loop, one reader takes one step. */
export function listRequests(journal: Journal, others: SmallRequests): RequestHandler {
  return async (_request, response) => {
    await others.letPass();
    // Longer steps catch up with requests that arrive meanwhile.
    for (let ms = STEP_MS; !response.closed && !journal.serializeFor(ms); ms += STEP_MS) await others.letPass();
    if (response.closed) return;
    const { serialized, droppedRequests } = journal;
    response.set(DROPPED, String(droppedRequests)).append('Access-Control-Expose-Headers', DROPPED);
    const items = serialized.flatMap((json, index) => (index === 0 ? [json] : [COMMA, json]));
    writeParts(response, [OPEN, ...items, CLOSE]);
  };
}
