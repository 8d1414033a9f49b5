// A mock without a transport: what it knows, what it was asked for, and what it has seen. Runs in Node and in browsers.
import type { ScenarioName } from '../../generated/examples.ts';
import type { ContractExamples } from '../../openapi/model/contract-examples.ts';
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

type Respond = (request: object, account: string) => HandlerResponse;

export class MockState implements MockControls {
  readonly scenarios: ReadonlyMap<string, readonly Scenario[]>;
  readonly journal = new Journal();
  readonly #nameOf: NameOf;
  readonly #credentials: readonly MockCredentials[] | undefined;
  readonly #queue: ScenarioQueue;
  readonly #hanging = new Set<() => void>();
  #defaultResponses: Partial<Record<string, Respond>>;

  /** @throws TypeError when a customer or credentials lack a property */
  constructor(examples: ContractExamples, { customers, credentials }: MockData = {}) {
    checkProperties('customers', customers ?? [], ['id', 'name']);
    this.#credentials = credentials && [credentials].flat();
    checkProperties('credentials', this.#credentials ?? [], ['clientId', 'clientSecret']);
    this.scenarios = scenariosOf(examples);
    this.#queue = new ScenarioQueue(this.scenarios.values());
    this.#nameOf = createNameOf(examples, customers);
    this.#defaultResponses = this.#start();
  }

  next(first: ScenarioName | NextRequest<ScenarioName>, options?: NextOptions<ScenarioName>): void {
    this.#queue.add(typeof first === 'object' ? first : { scenario: first, ...options });
  }

  get requests(): readonly RecordedRequest[] {
    return this.journal.requests;
  }

  waitForRequest(
    predicate: RequestPredicate = () => true,
    { timeoutMs = 5_000 }: WaitOptions = {},
  ): Promise<RecordedRequest> {
    return this.journal.waitFor(predicate, timeoutMs);
  }

  reset(): void {
    this.close('The mock was reset.');
    this.#queue.clear();
    this.#defaultResponses = this.#start();
  }

  /** Releases all requests that wait. */
  close(reason = 'The mock was closed.'): void {
    const hanging = [...this.#hanging];
    this.#hanging.clear();
    for (const release of hanging) release();
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

  /** Calls `release` when the mock is reset or closed, unless the returned function is called before. */
  onRelease(release: () => void): () => void {
    this.#hanging.add(release);
    return () => this.#hanging.delete(release);
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

function checkProperties(option: string, values: readonly unknown[], names: readonly string[]): void {
  for (const value of values)
    for (const name of names)
      if (typeof Object(value)[name] !== 'string')
        throw new TypeError(`Each of the \`${option}\` must have ${names.join(' and ')}, but one has no ${name}.`);
}
