// Which version of the API a request asks for.
import { type ApiVersion, apiVersions } from '../../generated/operations.ts';
import { ApiError } from './errors.ts';
import { type Exchange, NEWEST } from './exchange.ts';

const SHOWN_LENGTH = 100;

/**
 * The header wins over the version that the credentials are pinned to; without either it is the newest. Throws
 * `UnrecognisedApiVersion`.
 */
export function chooseVersion(exchange: Exchange): void {
  const asked = exchange.request.headers['sequence-version'];
  exchange.version = asked === undefined ? (exchange.principal.version ?? NEWEST) : findVersion(asked);
}

function findVersion(asked: string | string[]): ApiVersion {
  const version = apiVersions.find((each) => each === asked);
  if (version) return version;
  const shown = JSON.stringify(String(asked).slice(0, SHOWN_LENGTH));
  throw new ApiError('UnrecognisedApiVersion', {
    message: `There is no API version ${shown}. Use ${apiVersions.join(' or ')}, or send no Sequence-Version header.`,
  });
}
