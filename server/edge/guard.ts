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
  type Placed,
  type RequestBody,
  resolve,
  responsesOf,
} from '../../openapi/contract.ts';

// As in listen.ts: an import would load all of `fetch`.
const { IncomingMessage, ServerResponse } = process.getBuiltinModule('node:http');

/**
 * Judges a request; rejects with the validator's error. From then on `response.json` judges the answer too, and hands an error
 * to `onBadAnswer` instead of sending an answer that breaks the contract.
 */
export type Guard = (request: Request, response: Response, onBadAnswer: NextFunction) => Promise<void>;

export interface GuardOptions {
  /** Whether the contract is held against the schema of OpenAPI itself, which takes about 300 ms. */
  validateContract: boolean;
}

/** Resolves when every schema is compiled. Rejects when the contract is not valid OpenAPI, or one of its own examples does not pass. */
export async function createGuard(contract: Contract, { validateContract }: GuardOptions): Promise<Guard> {
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
  const guard: Guard = async (request, response, onBadAnswer) => {
    for (const middleware of middlewares) await pass(middleware, request, response, onBadAnswer);
  };
  await warmUp(guard, contract);
  return guard;
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
async function warmUp(guard: Guard, contract: Contract): Promise<void> {
  const faults = new Set<string>();
  for (const placed of operationsOf(contract)) {
    for (const trial of trialsOf(contract, placed)) {
      await tryOut(guard, requestFor(contract, placed), trial).catch((error: Error) => faults.add(error.message));
    }
  }
  if (faults.size > 0) throw new Error(`The contract is broken: ${[...faults].join('; ')}`);
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
