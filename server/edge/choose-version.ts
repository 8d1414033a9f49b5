// Which version of the API a request asks for.
import { type Exchange, NEWEST } from './exchange.ts';
import { findVersion } from './find-version.ts';

/**
 * The header wins over the version that the credentials are pinned to; without either it is the newest. Throws
 * `UnrecognisedApiVersion`.
 */
export function chooseVersion(exchange: Exchange): void {
  const asked = exchange.request.headers['sequence-version'];
  exchange.version = asked === undefined ? (exchange.principal.version ?? NEWEST) : findVersion(asked);
}
