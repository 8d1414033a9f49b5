// The versions of the API that a request can select.
import { apiVersions } from '../../../generated/operations.ts';
import { olderHeaders } from '../../../generated/version-tables.ts';
import type { OlderHeaders } from '../../../openapi/model/versions/older-contract.ts';
import { quoteWhole } from '../../text/invisible.ts';
import { ApiError } from '../errors.ts';

const SHOWN_LENGTH = 100;

type HeaderLines = readonly { name: string; value: string }[];

/** The versions that a request can select, with the headers of their responses. */
export class LiveVersions {
  /** The default version. */
  readonly newest: string;
  readonly #names: readonly string[];
  readonly #headers: ReadonlyMap<string, HeaderLines>;
  readonly #older: ReadonlySet<string>;

  /**
   * @param names oldest first; if there are none, responses do not name their version
   * @param unnamed the name of the newest version if `names` is empty
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

  /** Whether the contract names versions. Otherwise `Sequence-Version` means nothing. */
  get areNamed(): boolean {
    return this.#names.length > 0;
  }

  get hasSeveral(): boolean {
    return this.#names.length > 1;
  }

  has(version: unknown): version is string {
    return typeof version === 'string' && this.#headers.has(version);
  }

  /** Returns the live version that a header names, or else the newest, for responses before the header is validated. */
  named(header: string | string[] | undefined): string {
    return header !== undefined && this.has(header) ? header : this.newest;
  }

  /** Returns the version whose contract applies: a contract may list versions that have none of their own. */
  contractVersionOf(version: string): string {
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
