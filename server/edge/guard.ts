// express-openapi-validator, set up as the guard of the contract: it judges every request before the handler, and every answer after it.
import { Socket } from 'node:net';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import express from 'express';
import * as OpenApiValidator from 'express-openapi-validator';
import {
  basePathOf,
  type Contract,
  type MediaType,
  operationsOf,
  type Parameter,
  type Placed,
  type RequestBody,
  resolve,
  responsesOf,
  type Schema,
} from '../../openapi/contract.ts';
import { skipMetaSchema } from './skip-meta-schema.ts';
import { skipStackTraces } from './skip-stack-traces.ts';

// As in listen.ts: an import would load all of `fetch`.
const { IncomingMessage, ServerResponse } = process.getBuiltinModule('node:http');

/**
 * Judges a request; rejects with the validator's error. From then on `response.json` judges the answer too, and hands an error
 * to `onBadAnswer` instead of sending an answer that breaks the contract.
 */
export type Guard = (request: Request, response: Response, onBadAnswer: NextFunction) => Promise<void>;

/** Gives the guard of one operation. */
export type Guards = (placed: Placed) => Guard;

export interface GuardOptions {
  /** Whether the contract is held against the schema of OpenAPI itself, which takes about 300 ms. */
  validateContract: boolean;
  /** Whether what the validator finds out about an operation is kept. Default: true. Off, to compare the verdicts. */
  shortcut?: boolean;
}

/** Resolves when every schema is compiled. Rejects when the contract is not valid OpenAPI, or one of its own examples does not pass. */
export async function createGuards(
  contract: Contract,
  { validateContract, shortcut = true }: GuardOptions,
): Promise<Guards> {
  skipMetaSchema();
  skipStackTraces();
  const middlewares = OpenApiValidator.middleware({
    // A copy, for the validator changes what it is given. It checks itself that this is OpenAPI, so the type says nothing more.
    apiSpec: structuredClone(contract) as never,
    validateApiSpec: validateContract,
    // The first fault is enough for a verdict: `explain` tells them all.
    validateRequests: { allErrors: false, coerceTypes: false, allowUnknownQueryParameters: false },
    validateResponses: { allErrors: false, coerceTypes: false, removeAdditional: false },
    validateSecurity: false,
    fileUploader: false,
    useRequestUrl: true,
  });
  const whole = chain(middlewares);
  const found = await warmUp(whole, contract);
  // It gives its middlewares names. Should a later version name them otherwise, all of them run each time.
  const judges = middlewares.filter(({ name }) => name === 'requestMiddleware' || name === 'responseMiddleware');
  if (judges.length !== 2 || !shortcut) return () => whole;
  const judge = chain(judges);
  return ({ operation, parameters }) => {
    const known = found.get(operation.operationId);
    if (!known || parameters.some((each) => !isPlainHeader(contract, each))) return whole;
    return (request, response, onBadAnswer) => {
      const openapi = known.get(request.headers['content-type']);
      if (!openapi) return whole(request, response, onBadAnswer);
      Object.assign(request, { openapi });
      return judge(request, response, onBadAnswer);
    };
  };
}

/**
 * What the validator finds out about a request's operation, by compiling a regular expression for each path of the contract, each time. For an
 * operation without path parameters it is always the same, so it is found out once, with the examples. After that only the two middlewares run that
 * hold request and answer against the compiled schemas. By operation and media type, for the validator compiles its schemas by these.
 */
type Found = Map<string, Map<string | undefined, { schema: object }>>;

/**
 * Whether the validator has nothing to do for a parameter but to hold it against its schema. All others it takes apart before it does (arrays, objects),
 * finds out anew for each request (paths), or looks at twice (queries).
 */
function isPlainHeader(contract: Contract, { in: place, schema }: Parameter): boolean {
  const { type } = schema ? resolve<Schema>(contract, schema) : {};
  return place === 'header' && typeof type === 'string' && PLAIN.has(type);
}

const PLAIN = new Set(['string', 'integer', 'number', 'boolean']);

function chain(middlewares: RequestHandler[]): Guard {
  return async (request, response, onBadAnswer) => {
    for (const middleware of middlewares) await pass(middleware, request, response, onBadAnswer);
  };
}

function pass(
  middleware: RequestHandler,
  request: Request,
  response: Response,
  onBadAnswer: NextFunction,
): Promise<void> {
  return new Promise((settle, fail) => {
    let settled = false;
    const next = (error?: unknown) => {
      // The validator calls `next` once more, much later, when the answer breaks the contract.
      if (settled) return onBadAnswer(error);
      settled = true;
      if (error === undefined) settle();
      else fail(error);
    };
    Promise.resolve(middleware(request, response, next)).catch(next);
  });
}

interface Trial {
  body: unknown;
  status: number;
  answer: unknown;
}

/** Sends the examples of the contract through the guard: this compiles its schemas, which would cost the first request about 200 ms. */
async function warmUp(guard: Guard, contract: Contract): Promise<Found> {
  const faults = new Set<string>();
  const found: Found = new Map();
  for (const placed of operationsOf(contract)) {
    const known = new Map();
    found.set(placed.operation.operationId, known);
    const remember: Guard = async (request, response, onBadAnswer) => {
      await guard(request, response, onBadAnswer);
      // The validator leaves it there. It read the parameters when it compiled their schemas; what else it would do with them, plain ones do not need.
      const { openapi } = request as Request & { openapi?: { schema: object } };
      if (openapi)
        known.set(request.headers['content-type'], { ...openapi, schema: { ...openapi.schema, parameters: [] } });
    };
    for (const trial of trialsOf(contract, placed)) {
      await tryOut(remember, requestFor(contract, placed), trial).catch((error: Error) => faults.add(error.message));
    }
  }
  if (faults.size > 0) throw new Error(`The contract is broken: ${[...faults].join('; ')}`);
  return found;
}

/** One request and one answer, through an app of its own and without a network. Rejects when the guard refuses either. */
function tryOut(guard: Guard, asked: RequestLine, { body, status, answer }: Trial): Promise<void> {
  return new Promise((settle, fail) => {
    const app = express().enable('strict routing').enable('case sensitive routing');
    app.use(async (request: Request, response: Response, next: NextFunction) => {
      request.body = body;
      await guard(request, response, next);
      response.status(status).type('json').json(answer);
      settle();
    });
    app.use((error: Error, _request: Request, _response: Response, _next: NextFunction) => fail(error));
    const request = Object.assign(new IncomingMessage(new Socket()), asked);
    app(request as Request, new ServerResponse(request) as Response); // Express gives both their missing methods.
  });
}

/** Every request example with the first answer, and the first request example with every answer. */
function trialsOf(contract: Contract, { operation }: Placed): Trial[] {
  const body = operation.requestBody && resolve<RequestBody>(contract, operation.requestBody);
  const bodies = body ? examplesIn(body.content) : [undefined];
  const answers = responsesOf(contract, operation).flatMap(({ status, response }) =>
    examplesIn(response.content ?? {}).map((answer) => ({ status, answer })),
  );
  return [
    ...bodies.flatMap((each) => answers.slice(0, 1).map((answer) => ({ body: each, ...answer }))),
    ...answers.slice(1).map((answer) => ({ body: bodies[0], ...answer })),
  ];
}

function examplesIn(content: Record<string, MediaType>): unknown[] {
  return Object.values(content).flatMap(({ examples = {} }) => Object.values(examples).map(({ value }) => value));
}

interface RequestLine {
  method: string;
  url: string;
  headers: Record<string, string>;
}

function requestFor(contract: Contract, { path, method, operation, parameters }: Placed): RequestLine {
  const given = (place: string) =>
    new Map(
      parameters
        .filter((each) => each.in === place && each.example !== undefined)
        .map((each) => [each.name, String(each.example)]),
    );
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(given('path').get(name) ?? ''));
  const query = new URLSearchParams([...given('query')]).toString();
  const body = operation.requestBody && resolve<RequestBody>(contract, operation.requestBody);
  const mediaType = Object.keys(body?.content ?? {})[0];
  return {
    method: method.toUpperCase(),
    url: `${basePathOf(contract)}${filled}${query && `?${query}`}`,
    headers: {
      ...Object.fromEntries([...given('header')].map(([name, value]) => [name.toLowerCase(), value])),
      ...(mediaType && { 'content-type': mediaType }),
    },
  };
}
