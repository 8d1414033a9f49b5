// Spares requests and answers the change of their prototype, which Express makes for each: an object whose prototype was changed is slow from then on.
import type { IncomingMessage, ServerResponse } from 'node:http';

// As in listen.ts: an import would load all of `fetch`.
const http = process.getBuiltinModule('node:http');

/** What an Express app gives its requests and answers as their prototypes. */
export interface Prototypes {
  /** Of requests. */
  request: object;
  /** Of answers. */
  response: object;
}

/** Options of `createServer`, so that requests and answers have these prototypes from the start. Express then has nothing to change. */
export function bornWith({ request, response }: Prototypes): {
  IncomingMessage: typeof IncomingMessage;
  ServerResponse: typeof ServerResponse<IncomingMessage>;
} {
  return { IncomingMessage: bear(http.IncomingMessage, request), ServerResponse: bear(http.ServerResponse, response) };
}

function bear<Base extends typeof IncomingMessage | typeof ServerResponse<IncomingMessage>>(
  base: Base,
  prototype: object,
): Base {
  function born(...args: unknown[]) {
    return Reflect.construct(base, args, born);
  }
  born.prototype = prototype;
  // It is called as the class is, and gives what that gives, with a prototype that inherits from that of the class.
  return born as unknown as Base;
}
