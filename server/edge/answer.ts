// What goes out: a handler's answer, or an error. Headers are checked here, for the guard looks at bodies only.
import type { Response } from 'express';
import type { Route } from '../../generated/operations.ts';

/** What every handler's answer has in common. */
export interface Answer {
  status: number;
  headers?: Record<string, unknown> | undefined;
  body?: unknown;
}

/** Sends an answer. Throws when its status or a header is not declared, or a required header is missing: the type stubs forbid it, JavaScript does not. */
export function sendAnswer(response: Response, route: Route, { status, headers = {}, body }: Answer): void {
  const declared: Record<string, boolean> | undefined = Object.entries(route.answers).find(
    ([key]) => key === String(status),
  )?.[1];
  if (!declared) throw new Error(`${route.operationId} answered ${status}, which the contract does not declare.`);
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    if (!(name in declared))
      throw new Error(`${route.operationId} answered ${status} with the undeclared header ${name}.`);
    response.setHeader(name, String(value));
  }
  for (const [name, required] of Object.entries(declared)) {
    if (required && headers[name] === undefined)
      throw new Error(`${route.operationId} answered ${status} without the required header ${name}.`);
  }
  sendJson(response, status, body);
}

/** The media type is set before the guard looks, or it would judge by the client's `Accept`. */
export function sendJson(response: Response, status: number, body: unknown): void {
  response.statusCode = status;
  if (body === undefined) {
    response.end();
    return;
  }
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.json(body);
}
