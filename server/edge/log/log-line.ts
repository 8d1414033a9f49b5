// The line in the log that a request leaves when it has ended.
import type { Logger } from 'pino';
import { describeAddress, describeClientId, describePath } from '../../text/describe-client.ts';
import { escapeInvisible } from '../../text/invisible.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { ExchangeSummary } from '../options.ts';

/** The code of Node's parser for a connection that was closed in the middle of a request. */
export const CLOSED_TOO_EARLY = 'HPE_INVALID_EOF_STATE';

/** Writes the line. One that took `slowMs` or longer is a warning. */
export function logExchange(log: Logger, exchange: Exchange, summary: ExchangeSummary, slowMs: number): void {
  const { method, status, durationMs } = summary;
  const isSlow = durationMs >= slowMs;
  const { identity, errorType, attemptedClientId: attempted } = exchange;
  // Before an error about path or method, credentials are checked for their version alone.
  const hasFailedLogin = !identity && attempted !== undefined;
  const isRejected = errorType === 'Unauthorized' || errorType === 'RateLimited' || hasFailedLogin;
  const line = {
    // First, so that no handler can replace what the edge knows.
    ...exchange.logFields,
    requestId: exchange.requestId,
    // Undefined values are not in the line.
    traceId: exchange.traceId,
    method,
    path: describePath(exchange.path),
    status: status ?? null,
    durationMs,
    apiVersion: identity && exchange.version,
    // The mock takes what a client says.
    account: identity && escapeInvisible(identity.account),
    clientId: identity && escapeInvisible(identity.clientId),
    errorType,
    address: isRejected && exchange.address !== undefined ? describeAddress(exchange.address) : undefined,
    attemptedClientId: hasFailedLogin ? describeClientId(attempted) : undefined,
    slow: isSlow || undefined,
    receivedMs: isSlow ? exchange.receivedMs : undefined,
    code: exchange.refusal?.code,
    reason: exchange.refusal?.reason,
    aborted: isAbortedUpload(exchange) ? 'upload' : undefined,
    cutOff: exchange.response.writableFinished ? undefined : true,
  };
  if (isSlow) log.warn(line, 'request');
  else if (exchange.isProbe) log.debug(line, 'request');
  else log.info(line, 'request');
}

/** Whether the client left before it had sent its whole request, which then was never looked at. */
function isAbortedUpload({ request, response, refusal }: Exchange): boolean {
  if (request.complete) return false;
  return refusal?.code === CLOSED_TOO_EARLY || !response.writableFinished;
}
