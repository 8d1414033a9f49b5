// Runs the derived cases and random combinations against any target, and validates every response.
import type { Contract } from '../../../openapi/model/contract.ts';
import type { Case, HttpRequest, Subject } from '../cases/case.ts';
import { placeOf } from '../cases/demands.ts';
import { deriveCases } from '../cases/derive-cases.ts';
import { combineCases } from '../cases/random-cases.ts';
import { contractPath, createRequestBuilders, type RequestBuilder } from '../cases/request-builder.ts';
import type { BaselineEntry, Underivable } from '../report.ts';
import { MalformedResponseError } from '../send/malformed-response.ts';
import { createSender, RateLimitedError, type Send, type SenderOptions } from '../send/sender.ts';
import { orderForSending } from '../send/sending-order.ts';
import { createStopwatch, type Stopwatch } from '../send/stopwatch.ts';
import { createTransport, explainNoResponse, type Transport } from '../send/transport.ts';
import { createRunState, type RunState } from '../validate/semantics.ts';
import { validateCase } from '../validate/validate-case.ts';
import { isReplay, validateGroup } from '../validate/validate-replay.ts';
import {
  createResponseValidator,
  type HttpResponse,
  type ResponseValidator,
  type Violation,
} from '../validate/validate-response.ts';

export interface SuiteOptions extends SenderOptions {
  contract: Contract;
  subject: Subject;
  /** Seed of the random combinations. The same seed gives the same combinations. */
  seed: number;
  /** Number of random combinations, besides the derived cases. */
  combinations: number;
  connections?: number;
  /** Time limit for one complete response, in milliseconds. */
  timeoutMs?: number;
  /** Whether headers that the contract does not declare are violations, not notes. Default: false. */
  strictHeaders?: boolean;
  /** Undeclared headers that are not even noted, in lower case. */
  allowedHeaders?: readonly string[];
  /** Ends the run early. */
  stopWhen?(outcome: Outcome): boolean | Promise<boolean>;
  onOutcome?(outcome: Outcome): void;
}

export interface Outcome {
  case: Case;
  violations: Violation[];
  /** Observations that are not violations. */
  notes: Violation[];
  /** The response; undefined when none was received. */
  response: HttpResponse | undefined;
  /** The 429 and 503 responses before the final one. */
  rejections: HttpResponse[];
  /**
   * The time in seconds from requests to responses, including setup requests and excluding waits for the rate limit.
   */
  seconds: number;
  /** Why the case was not checked. */
  unchecked?: string;
  /** Whether no response has even begun: that says nothing about the implementation. */
  unreachable?: true;
  /** Set when repeated 429 responses are the reason for the missing response. */
  rateLimited?: RateLimitedError;
}

/** The cases of a run and their validation. Independent of the target's URL, so that several runs can share it. */
export interface Suite {
  cases: Case[];
  builders: Map<string, RequestBuilder>;
  validateResponse: ResponseValidator;
  /** Operations that a run leaves out. */
  underivable: Underivable[];
  /** Entries of the baseline whose case the suite does not have. */
  unmatched: BaselineEntry[];
  /** Rules that were asked for, and that no case reaches. */
  unreached: string[];
}

export function createSuite({
  contract,
  subject,
  seed,
  combinations,
}: Pick<SuiteOptions, 'contract' | 'seed' | 'combinations'> & { subject: Omit<Subject, 'url'> }): Suite {
  const underivable: Underivable[] = [];
  const fail = (failure: Underivable) => underivable.push(failure);
  const cases: Case[] = [];
  const builders = createRequestBuilders(contract, { url: '', ...subject }, fail).filter((builder) => {
    try {
      cases.push(...deriveCases([builder]));
      return true;
    } catch (error) {
      // The other operations are still tested.
      fail({ operationId: builder.operationId, reason: error instanceof Error ? error.message : String(error) });
      return false;
    }
  });
  return {
    underivable,
    unmatched: [],
    unreached: [],
    cases: [...cases, ...combineCases(builders, { seed, count: combinations })],
    builders: new Map(builders.map((builder) => [builder.operationId, builder])),
    validateResponse: createResponseValidator(contract),
  };
}

/** The retries of a run, since clients should retry a 503. Longer unavailability is reported. */
const UNAVAILABLE_RETRIES = 50;

/** Sends all cases, several at a time. A target that does not respond yields violations, never a rejection. */
export async function runSuite(options: SuiteOptions, suite = createSuite(options)): Promise<Outcome[]> {
  const { contract, subject, connections = 8, timeoutMs, onOutcome, stopWhen } = options;
  const { strictHeaders = false, allowedHeaders = [] } = options;
  const transport = createTransport(subject.url, connections, timeoutMs);
  const { cases: queue, builders, validateResponse } = suite;
  const stopwatch = createStopwatch(transport);
  const send = createSender(stopwatch, { unavailableRetries: UNAVAILABLE_RETRIES, ...options });
  const run: Run = {
    ...{ validateResponse, builders, contract, state: createRunState(subject.names), send, transport, stopwatch },
    ...{ strictHeaders, allowedHeaders },
  };
  const outcomes: Outcome[] = [];
  // A target without a rate limit has no limit of failed logins either.
  const todo = (options.rate === undefined ? [...queue.entries()] : orderForSending(queue, contract)).values();
  let stopped = false;
  const others = Promise.withResolvers<void>();
  const last: Promise<void>[] = [];
  const runOne = async (index: number, each: Case) => {
    const outcome = await runCase(run, each, each.isLast ? () => others.promise : undefined);
    outcomes[index] = outcome;
    onOutcome?.(outcome);
    if (await stopWhen?.(outcome)) stopped = true;
  };
  const work = async () => {
    for (const [index, each] of todo) {
      const done = runOne(index, each);
      if (each.isLast) last.push(done);
      else await done;
      if (stopped) return;
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, work));
    if (!stopped) {
      others.resolve();
      await Promise.all(last);
    }
  } finally {
    transport.close();
  }
  // The outcomes in the order of the cases, without cases that were not sent.
  return outcomes.filter((outcome) => outcome !== undefined);
}

interface Run {
  validateResponse: ResponseValidator;
  builders: Map<string, RequestBuilder>;
  contract: Contract;
  state: RunState;
  send: Send;
  transport: Transport;
  stopwatch: Stopwatch;
  strictHeaders: boolean;
  allowedHeaders: readonly string[];
}

/** `waitForOthers` resolves when the request itself is due. */
async function runCase(run: Run, each: Case, waitForOthers?: () => Promise<void>): Promise<Outcome> {
  const builder = run.builders.get(each.operationId);
  if (!builder) throw new Error(`The case ${each.name} belongs to no operation.`);
  const found: Found = { violations: [], notes: [], rejections: [] };
  const { violations, rejections } = found;
  const toOutcome = (response?: HttpResponse): Outcome => {
    const seconds = run.stopwatch.secondsOf(each);
    return { case: each, ...found, response, seconds };
  };
  const toUnchecked = (reason: string): Outcome => ({ ...toOutcome(), violations: [], unchecked: reason });
  // A 429 or 503 response is validated like any other.
  const reject = (request: HttpRequest) => (rejection: HttpResponse) => {
    rejections.push(rejection);
    validate(run, request, rejection, found);
  };
  try {
    const responses = inOrderOfReplay(each, await deliver(run, each, reject, waitForOthers));
    const steps = stepsOf(each);
    for (const [index, response] of responses.entries()) {
      const step = steps[index];
      if (!step) continue;
      validate(run, step.request, response, found);
      violations.push(...validateCase(builder, step, response, run.state, responses));
      // The response after a failed setup request says nothing.
      if (violations.length > 0 && index < steps.length - 1 && each.delivery === undefined) break;
    }
    if (each.byProxy !== undefined && violations.length > 0 && run.state.hasProxy) return toUnchecked(each.byProxy);
    violations.push(...validateGroup(each, responses, rejections.length > 0));
    return toOutcome(responses.at(-1));
  } catch (error) {
    if (each.request.halfClose && run.state.hasProxy) return toUnchecked(HALF_CLOSED_BY_PROXY);
    violations.push(toViolation(error, each, builder));
    return {
      ...toOutcome(),
      ...(error instanceof RateLimitedError && { rateLimited: error }),
      ...(!(error instanceof MalformedResponseError) && { unreachable: true }),
    };
  }
}

type Found = Pick<Outcome, 'violations' | 'notes' | 'rejections'>;

/** Adds the violations and notes of a response. */
function validate(run: Run, request: HttpRequest, response: HttpResponse, { violations, notes }: Found): void {
  const path = contractPath(run.contract, request);
  for (const violation of run.validateResponse({ method: request.method, path }, response)) {
    if (violation.undeclaredHeader === undefined) violations.push(violation);
    else if (!run.allowedHeaders.includes(violation.undeclaredHeader))
      (run.strictHeaders ? violations : notes).push(violation);
  }
}

/** Any of the requests that were sent at once may be the first: replays come after the response that they repeat. */
function inOrderOfReplay({ delivery }: Case, received: HttpResponse[]): HttpResponse[] {
  if (delivery !== 'together') return received;
  return received.toSorted((one, other) => Number(isReplay(one)) - Number(isReplay(other)));
}

/** The violation of a case without a response. */
function toViolation(error: unknown, each: Case, builder: RequestBuilder): Violation {
  if (error instanceof RateLimitedError && error.isWaitWrong)
    return { rule: 'header value', message: 'Retry-After names a wait that is too short.', ...placeOf('waits') };
  const place = each.demand ? placeOf(each.demand) : { contractPointer: builder.pointer };
  return { rule: 'response', message: `No response: ${explainNoResponse(error)}.`, ...place };
}

const HALF_CLOSED_BY_PROXY = 'A proxy ends the requests of clients that have closed their side.';

/** The setup requests and the request, each as a case of its own. */
function stepsOf({ before = [], ...each }: Case): Case[] {
  const setup = before.map(
    ({ expected, value, ...request }, index): Case => ({
      ...each,
      name: `${each.name}, setup request ${index + 1}`,
      request,
      value,
      expected: expected ?? { kind: 'any' },
    }),
  );
  return [...setup, each];
}

/** Sends all requests of a case, and resolves with their responses in the order of the requests. */
async function deliver(
  { send, transport, stopwatch }: Run,
  { before = [], request, delivery }: Case,
  onRejection: (request: HttpRequest) => (rejection: HttpResponse) => void,
  waitForOthers?: () => Promise<void>,
): Promise<HttpResponse[]> {
  const requests: HttpRequest[] = [...before, request];
  const oneByOne = async (list: HttpRequest[], exchange?: Transport['send']) => {
    const responses: HttpResponse[] = [];
    for (const each of list) responses.push(await send(each, onRejection(each), exchange));
    return responses;
  };
  switch (delivery) {
    case 'together':
      return send.group(
        requests.length,
        () => stopwatch.measure(request, () => transport.sendTogether(requests)),
        onRejection(request),
      );
    case 'pipelined': {
      const exchange = () => stopwatch.measure(request, () => transport.sendPipelined(requests));
      const responses = await send.group(requests.length, exchange, onRejection(request));
      // A server may close the connection, and the client sends the rest again (RFC 9112, section 9.3.2).
      return [...responses, ...(await oneByOne(requests.slice(responses.length)))];
    }
    case 'one connection': {
      const connection = transport.openConnection();
      const exchange = (each: HttpRequest) => stopwatch.measure(each, () => connection.send(each));
      return oneByOne(requests, exchange).finally(() => connection.close());
    }
    default: {
      const responses = await oneByOne(before);
      await waitForOthers?.();
      return [...responses, ...(await oneByOne([request]))];
    }
  }
}
