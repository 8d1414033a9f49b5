// A mock without a transport: what it knows, what it was asked for, and what it has seen. Runs in Node and in browsers.
import type { ScenarioName } from '../../generated/examples.ts';
import {
  checkOptions,
  checkValue,
  describeValue,
  FUNCTION,
  integerFrom,
  isRecord,
} from '../../openapi/model/check/check-options.ts';
import type { ContractExamples } from '../../openapi/model/examples/operation-examples.ts';
import type { Credentials } from '../../server/edge/credentials.ts';
import type { HandlerResponse, Principal } from '../../server/edge/options.ts';
import { createNameOf, type NameOf } from './customers.ts';
import { createDefaultResponses } from './default-responses.ts';
import { Journal, type RecordedRequest, type RequestPredicate } from './journal.ts';
import type { MockControls, MockCredentials, MockData, WaitOptions } from './mock-controls.ts';
import { type Preference, type RequestedPreferences, validatePreference } from './preferences.ts';
import { type Directive, type NextOptions, type NextRequest, ScenarioQueue } from './scenario-queue.ts';
import { type Scenario, scenariosOf } from './scenarios.ts';

/** What a valid request gets. */
export interface Reaction extends Pick<Directive, 'delayMs' | 'outcome'> {
  /** Undefined: generate one for this preference. */
  response?: HandlerResponse;
  preference: Preference;
}

const CLOSED = 'The mock was closed.';
const MAX_WAIT_MS = 3_600_000;

type Respond = (request: object, account: string) => HandlerResponse;

export class MockState implements MockControls {
  readonly scenarios: ReadonlyMap<string, readonly Scenario[]>;
  readonly journal = new Journal();
  readonly #nameOf: NameOf;
  readonly #credentials: readonly MockCredentials[] | undefined;
  readonly #queue: ScenarioQueue;
  readonly #pending = new Set<() => void>();
  #isClosed = false;
  #defaultResponses: Partial<Record<string, Respond>>;

  /** The data must be valid. */
  constructor(examples: ContractExamples, { customers, credentials }: MockData = {}) {
    this.#credentials = credentials && [credentials].flat();
    this.scenarios = scenariosOf(examples);
    this.#queue = new ScenarioQueue(this.scenarios.values());
    this.#nameOf = createNameOf(examples, customers);
    this.#defaultResponses = this.#start();
  }

  next(first: ScenarioName | NextRequest<ScenarioName>, options?: NextOptions): void {
    if (this.#isClosed) throw new Error(CLOSED);
    if (options !== undefined && !isRecord(options))
      throw new TypeError(`The options must be an object, not ${describeValue(options)}.`);
    if (options && (typeof first === 'object' || 'scenario' in options))
      throw new TypeError('A scenario stands in the first argument, either alone or with all options in one object.');
    this.#queue.add(typeof first === 'object' ? first : { scenario: first, ...options });
  }

  get requests(): readonly RecordedRequest[] {
    return this.journal.requests;
  }

  async waitForRequest(predicate: RequestPredicate = () => true, options: WaitOptions = {}): Promise<RecordedRequest> {
    checkValue('predicate', predicate, FUNCTION);
    checkOptions(options, { timeoutMs: integerFrom(0, MAX_WAIT_MS) });
    if (this.#isClosed) throw new Error(CLOSED);
    return this.journal.waitFor(predicate, options.timeoutMs ?? 5_000);
  }

  reset(): void {
    this.#end('The mock was reset.');
    this.#queue.clear();
    this.#defaultResponses = this.#start();
  }

  /** Ends all requests and calls that wait, and all later calls. */
  close(): void {
    this.#isClosed = true;
    this.#end(CLOSED);
  }

  #end(reason: string): void {
    const pending = [...this.#pending];
    this.#pending.clear();
    for (const release of pending) release();
    this.journal.clear(reason);
  }

  /** Whose credentials these are; undefined if they are not accepted. */
  authenticate({ clientId, secret }: Credentials): Principal | undefined {
    const isKnown = this.#credentials?.some((each) => each.clientId === clientId && each.clientSecret === secret);
    return isKnown === false ? undefined : { account: clientId, clientId };
  }

  /** What a valid request gets. Its preference comes before the queue. @throws ApiError */
  react(operationId: string, request: object, account: string, requested: RequestedPreferences): Reaction {
    const scenarios = this.scenarios.get(operationId) ?? [];
    const preference = validatePreference(requested, scenarios);
    const directive = preference ? undefined : this.#queue.take(scenarios);
    const { delayMs = 0, outcome = 'response', example } = directive ?? {};
    if (outcome !== 'response') return { delayMs, outcome, preference: {} };
    const own = this.#defaultResponses[operationId];
    const asked = example === undefined ? undefined : scenarios.find((each) => each.example === example);
    if (!preference && !asked && own) return { delayMs, outcome, response: own(request, account), preference: {} };
    const scenario = asked ?? preference?.scenario ?? (preference?.dynamic ? undefined : successOf(scenarios));
    // The body of a response without examples is not in the contract.
    if (!scenario || (scenario.example === undefined && scenario.body !== undefined))
      return { delayMs, outcome, preference: { ...preference, ...(scenario && { code: scenario.status }) } };
    const { status, headers, body } = scenario;
    return { delayMs, outcome, response: { status, headers, body }, preference: {} };
  }

  /**
   * To be called when a request arrives, with what ends it when the mock is reset or closed: it belongs to the test
   * before. The returned function is to be called when the response is there.
   */
  onRelease(release: () => void): () => void {
    this.#pending.add(release);
    return () => this.#pending.delete(release);
  }

  #start(): Partial<Record<string, Respond>> {
    // The edge has validated that a request is one of its operation.
    return createDefaultResponses(this.#nameOf) as unknown as Partial<Record<string, Respond>>;
  }
}

/** The first example of the first 2xx status, as Prism has it. */
function successOf(scenarios: readonly Scenario[]): Scenario | undefined {
  return scenarios.find(({ status }) => status >= 200 && status < 300) ?? scenarios[0];
}
