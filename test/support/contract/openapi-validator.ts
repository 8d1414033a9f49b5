// The complete middleware chain of express-openapi-validator, as its documentation shows, in a separate Express app.
import { Socket } from 'node:net';
import express, { type NextFunction, type Request, type Response } from 'express';
import * as OpenApiValidator from 'express-openapi-validator';
import type { Contract } from '../../../openapi/model/contract.ts';

// Express extends the classes of the built-in module, which differs from the imported one under vitest.
const { IncomingMessage, ServerResponse } = process.getBuiltinModule('node:http');

export interface ChainRequest {
  method: string;
  /** The path, including the base path and the query. */
  url: string;
  headers: Record<string, string>;
  body: unknown;
}

export interface ChainResponse {
  status: number;
  body: unknown;
}

/** The outcome of a request and its response. */
export interface ChainOutcome {
  /** The request that the handler receives; undefined when it was rejected. */
  parts?: { path: unknown; query: unknown; header: unknown; body: unknown };
  error?: { status: unknown; message: string; errors: unknown };
}

/** Creates a function that sends one request through the chain, to a route with this path in Express syntax. */
export function createChain(contract: Contract, path: string) {
  const middleware = OpenApiValidator.middleware({
    apiSpec: structuredClone(contract) as never, // The types of the validator describe OpenAPI in more detail.
    validateApiSpec: false,
    validateRequests: { allErrors: false, coerceTypes: false, allowUnknownQueryParameters: false },
    validateResponses: { allErrors: false, coerceTypes: false, removeAdditional: false },
    validateSecurity: false,
    fileUploader: false,
  });
  return (chainRequest: ChainRequest, { status, body }: ChainResponse): Promise<ChainOutcome> =>
    new Promise((settle) => {
      let parts: ChainOutcome['parts'];
      const app = express().enable('strict routing').enable('case sensitive routing');
      // The chain replaces this, and calls it when the response is valid.
      app.response.json = function () {
        settle({ ...(parts && { parts }) });
        return this;
      };
      app.use((request: Request, _response: Response, next: NextFunction) => {
        request.body = chainRequest.body;
        next();
      });
      app.use(middleware);
      app.all(path, ({ params, query, headers, body: sent }: Request, response: Response) => {
        parts = structuredClone({ path: { ...params }, query: { ...query }, header: headers, body: sent });
        response.status(status).type('json').json(body);
      });
      app.use((error: Error & { status?: number; errors?: unknown }, _: Request, __: Response, ___: NextFunction) =>
        settle({
          ...(parts && { parts }),
          error: { status: error.status, message: error.message, errors: error.errors },
        }),
      );
      const request = Object.assign(new IncomingMessage(new Socket()), {
        ...chainRequest,
        headers: { ...chainRequest.headers },
      });
      app(request, new ServerResponse(request));
    });
}
