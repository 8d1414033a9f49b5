// express-openapi-validator, set up as the guard of the contract: it judges every request before the handler, and every answer after it.
import { Socket } from 'node:net';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import express from 'express';
import * as OpenApiValidator from 'express-openapi-validator';
import {
  basePathOf,
  type Contract,
  type MediaType,
  type OperationEntry,
  operationsOf,
  type Parameter,
  type RequestBody,
  resolve,
  responsesOf,
  type Schema,
} from '../../openapi/model/contract.ts';
import { type Compiled, compiledWith, watchCompiled } from './compiled-validators.ts';
import { JSON_TYPE } from './response.ts';
import { skipMetaSchema } from './skip-meta-schema.ts';
import { skipStackTraces } from './skip-stack-traces.ts';

// As in listen.ts: an import would load all of `fetch`.
const { IncomingMessage, ServerResponse } = process.getBuiltinModule('node:http');

/**
 * Judges a request; throws the validator's error, or rejects with it. From then on `response.json` judges the answer too, and hands an error
 * to `onBadAnswer` instead of sending an answer that breaks the contract.
 */
export type Guard = (request: Request, response: Response, onBadAnswer: NextFunction) => Promise<void> | void;

/** Gives the guard of one operation. */
export type Guards = (entry: OperationEntry) => Guard;

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
  watchCompiled();
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
  const tried = await warmUp(whole, contract);
  return ({ operation, parameters }) => {
    if (!shortcut || parameters.some((each) => !isPlainHeader(contract, each))) return whole;
    const ways = new Map([...(tried.get(operation.operationId) ?? [])].map(([type, first]) => [type, shortWay(first)]));
    return (request, response, onBadAnswer) =>
      (ways.get(request.headers['content-type']) ?? whole)(request, response, onBadAnswer);
  };
}

/** The first request with each media type, by operation: the validator compiles its schemas by these, and leaves on a request what it has found out about it. */
type Tried = Map<string, Map<string | undefined, Request & { openapi?: { schema: object } }>>;

/**
 * Straight to what the validator has compiled for the operation and the media type of this request. On its own way there it compiles a regular expression
 * for each path of the contract and takes media types apart, for each request anew, though for an operation without path parameters it always finds the same.
 */
function shortWay(first: Request & { openapi?: { schema: object } }): Guard | undefined {
  const compiled = compiledWith(first);
  if (!first.openapi || !compiled) return undefined;
  // It read the parameters when it compiled their schemas; what else it would do with them, plain ones do not need.
  const openapi = { ...first.openapi, schema: { ...first.openapi.schema, parameters: [] } };
  return (request, response: Judged, onBadAnswer) => {
    if (!compiled.isPlainlyRight(request))
      compiled.judgeRequest(Object.assign(request, { openapi }), response, () => undefined);
    response[PENDING] = { compiled, onBadAnswer, send: response.json };
    response.json = judgeAndSend;
  };
}

const PENDING = Symbol('what an answer waits for');

interface Judged extends Response {
  [PENDING]?: { compiled: Compiled; onBadAnswer: NextFunction; send: Response['json'] } | undefined;
}

/**
 * Takes the place of `response.json` once. One function for all answers: were it made anew for each, V8 would keep most of them, and with them their requests,
 * until it collects the whole heap.
 */
function judgeAndSend(this: Judged, body: unknown): Judged {
  const pending = this[PENDING];
  if (!pending) throw new Error('This answer was judged before.');
  this[PENDING] = undefined;
  this.json = pending.send;
  try {
    // As on the long way, which judges no answer that tells of a fault of the server.
    if (this.statusCode < 500) pending.compiled.judgeAnswer(this.req, this, body);
  } catch (error) {
    pending.onBadAnswer(error);
    return this;
  }
  return this.json(body);
}

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
    const { json } = response;
    // The validator asks for the media type before it is sent; without it, it would judge by the client's `Accept`.
    response.json = function (body) {
      this.setHeader('Content-Type', JSON_TYPE);
      return json.call(this, body);
    };
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
async function warmUp(guard: Guard, contract: Contract): Promise<Tried> {
  const faults = new Set<string>();
  const tried: Tried = new Map();
  for (const entry of operationsOf(contract)) {
    const firsts = new Map();
    tried.set(entry.operation.operationId, firsts);
    const remember: Guard = async (request, response, onBadAnswer) => {
      await guard(request, response, onBadAnswer);
      const type = request.headers['content-type'];
      if (!firsts.has(type)) firsts.set(type, request);
    };
    for (const trial of trialsOf(contract, entry)) {
      await tryOut(remember, requestFor(contract, entry), trial).catch((error: Error) => faults.add(error.message));
    }
  }
  if (faults.size > 0) throw new Error(`The contract is broken: ${[...faults].join('; ')}`);
  return tried;
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
function trialsOf(contract: Contract, { operation }: OperationEntry): Trial[] {
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

function requestFor(contract: Contract, { path, method, operation, parameters }: OperationEntry): RequestLine {
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
