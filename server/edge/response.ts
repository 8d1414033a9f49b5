// What goes out: a handler's answer, or an error. Checked here is what the guard does not look at: status, headers, and the bodies of 5xx answers.
import type { Response } from 'express';
import type { Route } from '../../generated/operations.ts';
import { type Contract, type OperationEntry, responsesOf } from '../../openapi/model/contract.ts';
import type { Locals } from './exchange.ts';
import { createCompiler } from './schemas.ts';

// As in listen.ts: an import would load all of `fetch`.
const { ServerResponse } = process.getBuiltinModule('node:http');
type ServerResponse = InstanceType<typeof ServerResponse>;

/** What every handler's answer has in common. */
export interface Answer {
  status: number;
  headers?: Record<string, unknown> | undefined;
  body?: unknown;
}

/** Throws when the answer breaks the contract in a way that the guard would let pass. The type stubs forbid all of them; JavaScript does not. */
export type CheckAnswer = (answer: Answer) => void;

export function createCheckAnswer(contract: Contract, { operation }: OperationEntry, route: Route): CheckAnswer {
  const compile = createCompiler(contract);
  const declarations = new Map(
    responsesOf(contract, operation).map(({ status, response }) => {
      const schema = Object.values(response.content ?? {})[0]?.schema;
      const headers: Record<string, boolean> =
        Object.entries(route.responses).find(([key]) => key === String(status))?.[1] ?? {};
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
export function sendAnswer(response: Response, { status, headers, body }: Answer): void {
  for (const name in headers) if (headers[name] !== undefined) response.setHeader(name, String(headers[name]));
  sendJson(response, status, body);
}

/** Sends what is JSON, or nothing but the header. */
export function sendJson(response: Response, status: number, body: unknown): void {
  response.statusCode = status;
  if (body === undefined) response.end();
  else response.json(body);
}

/**
 * Takes the place of Express's `response.json`, which the guard hooks into: what it does besides (ETag, `fresh`, settings) does not apply here, and costs as
 * much as all of Express's routing. So would headers that are set one by one.
 */
export function writeJson<R extends ServerResponse & { locals: Locals }>(this: R, body: unknown): R {
  const text = JSON.stringify(body);
  const { requestId, version } = this.locals;
  const length = String(Buffer.byteLength(text));
  // Names and values in turn: of what Node takes, it is done with this the soonest.
  const headers = ['X-Request-Id', requestId, 'Sequence-Version', version];
  headers.push('Content-Type', JSON_TYPE, 'Content-Length', length);
  writeNodesHead.call(this, this.statusCode, headers);
  this.end(text);
  return this;
}

/** Takes the place of Node's `response.writeHead`, which is called for every other answer, whoever gives it. */
export function writeHead<R extends ServerResponse & { locals?: Partial<Locals> }>(
  this: R,
  ...args: Parameters<ServerResponse['writeHead']>
): R {
  // Without them the request has not reached the app.
  const { requestId, version } = this.locals ?? {};
  if (requestId !== undefined) this.setHeader('X-Request-Id', requestId);
  if (version !== undefined) this.setHeader('Sequence-Version', version);
  writeNodesHead.apply(this, args);
  return this;
}

const { writeHead: writeNodesHead } = ServerResponse.prototype;

export const JSON_TYPE = 'application/json; charset=utf-8';
