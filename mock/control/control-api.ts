// The HTTP API under `/_mock` that controls the mock. control.openapi.yaml describes it.
import { readFile } from 'node:fs/promises';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { AnyScenarioName } from '../../generated/version-examples.ts';
import { isRecord } from '../../openapi/model/check/check-options.ts';
import { checkContentCoding } from '../../server/edge/body/content-coding.ts';
import { classOf, decodeBody, readBody } from '../../server/edge/body/read-body.ts';
import { ApiError } from '../../server/edge/errors.ts';
import { SmallRequests } from '../../server/edge/exchange/small-requests.ts';
import { escapeInvisible, quote } from '../../server/text/invisible.ts';
import { parseBody } from '../browser/read-body.ts';
import type { MockControls } from '../core/mock-controls.ts';
import type { MockState } from '../core/mock-state.ts';
import type { NextRequest } from '../core/scenario-queue.ts';
import { findForeignPart } from './control-access.ts';
import { listRequests } from './list-requests.ts';

const DESCRIPTION = new URL('./control.openapi.yaml', import.meta.url);

/** The options of `createControlApi`. */
export interface ControlOptions {
  /** Whether clients on other machines, and pages of any origin, may use the controls. */
  isOpen: boolean;
  /** The host that the mock listens on. */
  host: string;
}

/** Creates a router for the path `/_mock`. The edge handles its errors. */
export function createControlApi(state: MockState, { isOpen, host }: ControlOptions): Router {
  const router = Router({ caseSensitive: true });
  const others = new SmallRequests();
  router.use((request, response, next) => {
    const reason = isOpen ? undefined : findForeignPart(request, host);
    if (reason === undefined) return next();
    // The contract has no such error.
    response.status(403).json({ error: { type: 'Forbidden', message: reason } });
  });
  router.use(checkQuery);
  // Express ignores a trailing slash, and hides it from the path of a mounted router.
  router.use((request, response, next) => {
    const [path = ''] = request.originalUrl.split('?');
    return path.endsWith('/') ? rejectPath(request, response, next) : next();
  });
  router
    .route('/next')
    .post(async (request, response) => {
      queue(state, await readJson(request, response, others));
      response.status(204).end();
    })
    .all(rejectMethod('POST'));
  router.route('/requests').get(listRequests(state.journal, others)).all(rejectMethod('GET, HEAD'));
  router
    .route('/openapi.yaml')
    .get(async (_request, response) => {
      response.type('application/yaml').send(await readFile(DESCRIPTION, 'utf8'));
    })
    .all(rejectMethod('GET, HEAD'));
  router
    .route('/')
    .delete((_request, response) => {
      state.reset();
      response.status(204).end();
    })
    .all(rejectMethod('DELETE'));
  router.use(rejectPath);
  return router;
}

const KNOWN = 'There are: POST /_mock/next, GET /_mock/requests, DELETE /_mock, GET /_mock/openapi.yaml.';

const rejectPath: RequestHandler = ({ method, originalUrl }) => {
  throw new ApiError('NotFound', { message: `There is no ${quote(`${method} ${originalUrl}`)}. ${KNOWN}` });
};

function rejectMethod(allowed: string): RequestHandler {
  return () => {
    throw new ApiError('MethodNotAllowed', { message: KNOWN, headers: { Allow: allowed } });
  };
}

/** Rejects query parameters. No operation has any, and one that is ignored would look as if it worked. */
const checkQuery: RequestHandler = ({ originalUrl }, _response, next) => {
  const [name] = new URL(originalUrl, 'http://host').searchParams.keys();
  if (name === undefined) return next();
  throw new ApiError('InvalidRequest', { message: `Unknown query parameter ${quote(name)}. None is known here.` });
};

/**
 * Reads a body of any media type, because `curl --data` sends the media type of a form. A large one lets others pass
 * before it is parsed.
 */
async function readJson(request: Request, response: Response, others: SmallRequests): Promise<unknown> {
  checkContentCoding(request);
  const sent = await readBody(request, response);
  if (sent && classOf(sent) !== 'small') await others.letPass();
  return sent && parseBody(decodeBody(sent));
}

/** @throws ApiError InvalidRequest for an unknown scenario or option, and when the queue is full */
function queue(controls: MockControls, body: unknown = {}): void {
  try {
    if (!isRecord(body)) throw new TypeError('The body must be an object, such as {"scenario": "RateLimited"}.');
    // `next` validates the body.
    controls.next(body as unknown as NextRequest<AnyScenarioName>);
  } catch (cause) {
    if (!(cause instanceof TypeError || cause instanceof RangeError)) throw cause;
    throw new ApiError('InvalidRequest', { message: escapeInvisible(cause.message), cause });
  }
}
