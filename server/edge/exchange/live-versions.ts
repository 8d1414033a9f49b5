// The versions of the API that a request can ask for.
import { apiVersions } from '../../../generated/operations.ts';
import { olderHeaders } from '../../../generated/version-tables.ts';
import type { OlderHeaders } from '../../../openapi/model/versions/older-contract.ts';
import { quoteWhole } from '../../text/invisible.ts';
import { ApiError } from '../errors.ts';

const SHOWN_LENGTH = 100;

type HeaderLines = readonly { name: string; value: string }[];

/** The versions that a request can ask for, with the headers that their responses have. */
export class LiveVersions {
  /** The version without any other choice. */
  readonly newest: string;
  readonly #names: readonly string[];
  readonly #headers: ReadonlyMap<string, HeaderLines>;
  readonly #older: ReadonlySet<string>;

  /**
   * @param names oldest first; without any, responses do not name their version
   * @param unnamed what the newest version is called then
   */
  constructor(names: readonly string[], unnamed: string, older: readonly OlderHeaders[] = []) {
    this.#names = names;
    this.newest = names.at(-1) ?? unnamed;
    this.#older = new Set(older.map(({ version }) => version));
    this.#headers = new Map(
      names.map((name) => {
        const announced = older.find(({ version }) => version === name)?.headers ?? [];
        return [name, [{ name: 'Sequence-Version', value: name }, ...announced]];
      }),
    );
  }

  get hasSeveral(): boolean {
    return this.#names.length > 1;
  }

  has(version: unknown): version is string {
    return typeof version === 'string' && this.#headers.has(version);
  }

  /** The version that a header names, or else the newest: for responses that do not depend on what is valid. */
  named(header: string | string[] | undefined): string {
    return header !== undefined && this.has(header) ? header : this.newest;
  }

  /** The version that has the contract of another: a contract may list versions without contracts of their own. */
  contractOf(version: string): string {
    return this.#older.has(version) ? version : this.newest;
  }

  headersOf(version: string): HeaderLines {
    return this.#headers.get(version) ?? [];
  }

  /** Throws `UnrecognisedApiVersion` unless the version of a `Sequence-Version` header is live. */
  check(asked: string | string[], pin?: string): void {
    if (this.has(asked)) return;
    const mayLeaveOut = pin === undefined || this.has(pin);
    const message =
      `There is no API version ${show(asked)}. Use ${this.#list()}` +
      (mayLeaveOut ? ', or send no Sequence-Version header.' : '.');
    throw new ApiError('UnrecognisedApiVersion', { message });
  }

  /** Throws `UnrecognisedApiVersion` unless the version to which credentials are pinned is live. */
  checkPin(pin: string): void {
    if (this.has(pin)) return;
    const message =
      `The credentials are pinned to API version ${show(pin)}, which is not served here. ` +
      `Send the Sequence-Version header with ${this.#list()}.`;
    throw new ApiError('UnrecognisedApiVersion', { message });
  }

  #list(): string {
    return this.#names.join(' or ');
  }
}

/** The live versions of the generated contract. */
export const bundledVersions = new LiveVersions(apiVersions, '', olderHeaders);

function show(version: string | string[]): string {
  return quoteWhole(String(version).slice(0, SHOWN_LENGTH));
}
