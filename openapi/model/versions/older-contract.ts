// An older version of the API, as generated/ contains it.
import type { Contract } from '../contract.ts';

/** The contract of a version that is live, but not the newest. */
export interface OlderContract {
  /** The day of its release. */
  version: string;
  /** The released contract, bundled. */
  contract: Contract;
}

/** The headers that announce the retirement of an older version; empty if none is announced. */
export interface OlderHeaders {
  version: string;
  headers: readonly { name: string; value: string }[];
}
