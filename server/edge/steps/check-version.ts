// Checks the version of the API that a request selects.
import type { Step } from '../exchange/exchange.ts';
import type { LiveVersions } from '../exchange/live-versions.ts';

/**
 * Creates the step, which throws `UnrecognisedApiVersion` when the selected version is not live. The header takes
 * precedence over the version that the credentials are pinned to, and that over the newest. The exchange already has
 * the version.
 */
export function checkVersion(versions: LiveVersions): Step {
  return ({ request, principal }) => {
    const asked = request.headers['sequence-version'];
    if (asked !== undefined) versions.check(asked, principal.version);
    else if (principal.version !== undefined) versions.checkPin(principal.version);
  };
}
