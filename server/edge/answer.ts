// What goes out: a handler's answer, or an error. Checked here is what the guard does not look at: status, headers, and the bodies of 5xx answers.
import type { ServerResponse } from 'node:http';
import type { Response } from 'express';
import type { Route } from '../../generated/operations.ts';
import { type Contract, type Placed, responsesOf } from '../../openapi/contract.ts';
import { createCompiler } from './schemas.ts';

/** What every handler's answer has in common. */
export interface Answer {
  status: number;
  headers?: Record<string, unknown> | undefined;
  body?: unknown;
}

/** Throws when the answer breaks the contract in a way that the guard would let pass. The type stubs forbid all of them; JavaScript does not. */
export type CheckAnswer = (answer: Answer) => void;

export function createCheckAnswer(contract: Contract, { operation }: Placed, route: Route): CheckAnswer {
  const compile = createCompiler(contract);
  const declarations = new Map(
    responsesOf(contract, operation).map(({ status, response }) => {
      const schema = Object.values(response.content ?? {})[0]?.schema;
      const headers: Record<string, boolean> =
        Object.entries(route.answers).find(([key]) => key === String(status))?.[1] ?? {};
      return [
        status,
        {
          headers: new Set(Object.keys(headers)),
          required: Object.keys(headers).filter((name) => headers[name]),
          hasBody: schema !== undefined,
          validate: status >= 500 && schema ? compile(schema) : undefined,
        },
      ];
    }),
  );
  return ({ status, headers = {}, body }) => {
    const fail = (reason: string) => {
      throw new Error(`${route.operationId} answered ${status} ${reason}`);
    };
    const declared = declarations.get(status);
    if (!declared) return fail('which the contract does not declare.');
    for (const name in headers) {
      if (headers[name] !== undefined && !declared.headers.has(name)) fail(`with the undeclared header ${name}.`);
    }
    for (const name of declared.required) {
      if (headers[name] === undefined) fail(`without the required header ${name}.`);
    }
    if (declared.hasBody !== (body !== undefined))
      fail(declared.hasBody ? 'without a body.' : 'with a body that is not declared.');
    if (declared.validate && !declared.validate(body)) {
      const [error] = declared.validate.errors ?? [];
      fail(`with a wrong body: ${error?.instancePath} ${error?.message}.`);
    }
  };
}

/** Sends a checked answer. */
export function sendAnswer(response: Response, { status, headers = {}, body }: Answer): void {
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, String(value));
  sendJson(response, status, body);
}

/** The media type is set before the guard looks, or it would judge by the client's `Accept`. */
export function sendJson(response: Response, status: number, body: unknown): void {
  response.statusCode = status;
  if (body === undefined) {
    response.end();
    return;
  }
  response.setHeader('Content-Type', JSON_TYPE);
  response.json(body);
}

/**
 * Takes the place of Express's `response.json`, which the guard hooks into: what it does besides (ETag, `fresh`, settings) does not apply here, and costs as
 * much as all of Express's routing.
 */
export function writeJson<R extends ServerResponse>(this: R, body: unknown): R {
  const text = JSON.stringify(body);
  if (!this.hasHeader('Content-Type')) this.setHeader('Content-Type', JSON_TYPE);
  this.setHeader('Content-Length', Buffer.byteLength(text));
  this.end(text);
  return this;
}

const JSON_TYPE = 'application/json; charset=utf-8';
