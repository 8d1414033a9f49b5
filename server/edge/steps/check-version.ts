// Which version of the API a request asks for.
import type { Step } from '../exchange/exchange.ts';
import type { LiveVersions } from '../exchange/live-versions.ts';

/**
 * The header wins over the version that the credentials are pinned to; without either it is the newest. The exchange
 * has that version already. Throws `UnrecognisedApiVersion` when it is not live.
 */
export function checkVersion(versions: LiveVersions): Step {
  return ({ request, principal }) => {
    const asked = request.headers['sequence-version'];
    if (asked !== undefined) versions.check(asked, principal.version);
    else if (principal.version !== undefined) versions.checkPin(principal.version);
  };
}
