// Measures how long each request of a case takes until its response.
import type { Case, HttpRequest } from '../cases/case.ts';
import type { HttpResponse } from '../validate/validate-response.ts';

type Exchange = (request: HttpRequest) => Promise<HttpResponse>;

export interface Stopwatch {
  send: Exchange;
  /** Counts the time of `exchange` for a request. */
  measure<Response>(request: HttpRequest, exchange: () => Promise<Response>): Promise<Response>;
  /** The time of all requests of a case so far, repeated ones included. */
  secondsOf(each: Case): number;
}

export function createStopwatch(
  transport: { send: Exchange },
  nowMs: () => number = () => performance.now(),
): Stopwatch {
  const spentMs = new WeakMap<HttpRequest, number>();
  const measure: Stopwatch['measure'] = async (request, exchange) => {
    const startedMs = nowMs();
    try {
      return await exchange();
    } finally {
      spentMs.set(request, (spentMs.get(request) ?? 0) + nowMs() - startedMs);
    }
  };
  return {
    send: (request) => measure(request, () => transport.send(request)),
    measure,
    secondsOf: ({ before = [], request }) =>
      [...before, request].reduce((sum, each) => sum + (spentMs.get(each) ?? 0), 0) / 1000,
  };
}
