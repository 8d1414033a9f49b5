// The version of the API that a header names.
import { type ApiVersion, apiVersions } from '../../generated/operations.ts';
import { quoteWhole } from '../text/invisible.ts';
import { ApiError } from './errors.ts';

const SHOWN_LENGTH = 100;

/** Throws `UnrecognisedApiVersion`. */
export function findVersion(asked: string | string[]): ApiVersion {
  const version = apiVersions.find((each) => each === asked);
  if (version) return version;
  const shown = quoteWhole(String(asked).slice(0, SHOWN_LENGTH));
  throw new ApiError('UnrecognisedApiVersion', {
    message: `There is no API version ${shown}. Use ${apiVersions.join(' or ')}, or send no Sequence-Version header.`,
  });
}
