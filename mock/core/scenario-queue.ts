// What the next requests get instead of their own responses, as a test has asked for it.
import type { Scenario } from './scenarios.ts';

/** What happens to the next requests. Without a scenario, a request gets its own response. */
export interface NextOptions<Name extends string = string> {
  /** An example of the contract; the name of the scenario does the same. */
  example?: Name | undefined;
  /** For how many requests: 1 to 10,000. Default: 1. */
  times?: number | undefined;
  /** The delay of the response in milliseconds: 0 to 60,000. Default: 0. */
  delayMs?: number | undefined;
  /** The connection is reset instead of a response. Default: false. */
  networkError?: boolean | undefined;
  /** There is no response until the client gives up, or the mock is reset or closed. Default: false. */
  hang?: boolean | undefined;
}

/** The same with the scenario among the options, as in the body of `POST /_mock/next`. */
export interface NextRequest<Name extends string = string> extends NextOptions<Name> {
  /** The name of an example of some response. That of an error is its `error.type`. */
  scenario?: Name | undefined;
}

/** What one request gets. */
export interface Directive {
  /** The name of the example. */
  example: string | undefined;
  delayMs: number;
  outcome: 'response' | 'networkError' | 'hang';
}

export const MAX_TIMES = 10_000;
export const MAX_DELAY_MS = 60_000;

const OPTIONS = ['scenario', 'example', 'times', 'delayMs', 'networkError', 'hang'];

/** The directives of a test, first in, first out. */
export class ScenarioQueue {
  readonly #names: ReadonlySet<string>;
  #waiting: { directive: Directive; times: number }[] = [];

  /** `scenarios` are those of all operations. */
  constructor(scenarios: Iterable<readonly Scenario[]>) {
    this.#names = new Set([...scenarios].flat().flatMap(({ example }) => example ?? []));
  }

  /** @throws TypeError that lists what there is, when an option or the scenario is unknown or out of its limits */
  add(request: unknown): void {
    if (typeof request !== 'object' || request === null || Array.isArray(request))
      throw new TypeError(`A scenario must be an object with some of ${OPTIONS.join(', ')}.`);
    const unknown = Object.keys(request).find((name) => !OPTIONS.includes(name));
    if (unknown !== undefined)
      throw new TypeError(`There is no option ${JSON.stringify(unknown)}. Known here: ${OPTIONS.join(', ')}.`);
    const {
      scenario,
      example,
      times = 1,
      delayMs = 0,
      networkError = false,
      hang = false,
    }: Record<string, unknown> = {
      ...request,
    };
    const names = [scenario, example].filter((name) => name !== undefined);
    const [name] = names;
    if (names.some((each) => each !== name))
      throw new TypeError('The options `scenario` and `example` must not name different examples.');
    if (name !== undefined && !(typeof name === 'string' && this.#names.has(name)))
      throw new TypeError(`There is no scenario ${JSON.stringify(name)}. There are: ${[...this.#names].join(', ')}.`);
    if (typeof networkError !== 'boolean' || typeof hang !== 'boolean')
      throw new TypeError('The options `networkError` and `hang` must be true or false.');
    if (networkError && hang) throw new TypeError('The options `networkError` and `hang` exclude each other.');
    if ((networkError || hang) && name !== undefined)
      throw new TypeError('With `networkError` or `hang` there is no response, and so no scenario.');
    if (name === undefined && !networkError && !hang && !('delayMs' in request))
      throw new TypeError(`One of the options scenario, example, delayMs, networkError and hang is required.`);
    this.#waiting.push({
      directive: {
        example: typeof name === 'string' ? name : undefined,
        delayMs: toInteger('delayMs', delayMs, 0, MAX_DELAY_MS),
        outcome: networkError ? 'networkError' : hang ? 'hang' : 'response',
      },
      times: toInteger('times', times, 1, MAX_TIMES),
    });
  }

  /** Takes the first directive that fits a request to an operation with these scenarios. */
  take(scenarios: readonly Scenario[]): Directive | undefined {
    if (this.#waiting.length === 0) return undefined;
    const fits = ({ directive: { example } }: { directive: Directive }) =>
      example === undefined || scenarios.some((each) => each.example === example);
    const index = this.#waiting.findIndex(fits);
    const found = this.#waiting[index];
    if (!found) return undefined;
    found.times -= 1;
    if (found.times === 0) this.#waiting.splice(index, 1);
    return found.directive;
  }

  clear(): void {
    this.#waiting = [];
  }
}

function toInteger(name: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && least <= value && value <= most) return value;
  throw new TypeError(
    `The option \`${name}\` must be an integer from ${least} to ${most.toLocaleString('en')}, ` +
      `not ${JSON.stringify(value)}.`,
  );
}
