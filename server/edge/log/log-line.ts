// The log line of a request that has ended.
import type { Logger } from 'pino';
import { describeAddress, describeClientId, describePath } from '../../text/describe-client.ts';
import { escapeInvisible } from '../../text/invisible.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { ExchangeSummary } from '../options.ts';

/** The error code of Node's parser for a connection that closed in the middle of a request. */
export const CLOSED_TOO_EARLY = 'HPE_INVALID_EOF_STATE';

/** Writes the log line. It is a warning if the exchange took `slowMs` or longer. */
export function logExchange(log: Logger, exchange: Exchange, summary: ExchangeSummary, slowMs: number): void {
  const { method, status, durationMs } = summary;
  const isSlow = durationMs >= slowMs;
  const { identity, errorType, attemptedClientId: attempted } = exchange;
  // Before an error about path or method, credentials are checked only for their pinned version.
  const hasFailedLogin = !identity && attempted !== undefined;
  const isRejected = errorType === 'Unauthorized' || errorType === 'RateLimited' || hasFailedLogin;
  const line = {
    // These come first, so that no handler can overwrite the fields of the edge.
    ...exchange.logFields,
    requestId: exchange.requestId,
    // pino leaves out undefined values.
    traceId: exchange.traceId,
    method,
    path: describePath(exchange.path),
    status: status ?? null,
    durationMs,
    apiVersion: identity && exchange.version,
    // In the mock, a client may choose any account name.
    account: identity && escapeInvisible(identity.account),
    clientId: identity && escapeInvisible(identity.clientId),
    errorType,
    address: isRejected && exchange.address !== undefined ? describeAddress(exchange.address) : undefined,
    attemptedClientId: hasFailedLogin ? describeClientId(attempted) : undefined,
    slow: isSlow || undefined,
    receivedMs: isSlow ? exchange.receivedMs : undefined,
    code: exchange.rejection?.code,
    reason: exchange.rejection?.reason,
    aborted: isAbortedUpload(exchange) ? 'upload' : undefined,
    cutOff: exchange.response.writableFinished ? undefined : true,
  };
  if (isSlow) log.warn(line, 'request');
  else if (exchange.isProbe) log.debug(line, 'request');
  else log.info(line, 'request');
}

/** Returns whether the client left before it had sent the whole request, which was then never handled. */
function isAbortedUpload({ request, response, rejection }: Exchange): boolean {
  if (request.complete) return false;
  return rejection?.code === CLOSED_TOO_EARLY || !response.writableFinished;
}
