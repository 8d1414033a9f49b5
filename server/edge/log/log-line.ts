// The line in the log that a request leaves when it has ended.
import type { Logger } from 'pino';
import { HIDDEN, hasSecret, hideSecrets } from '../../text/hide-secrets.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { ExchangeSummary } from '../options.ts';

/** Longer paths are cut in the log. */
const LOGGED_PATH_LENGTH = 200;
/** Longer client IDs are cut, unless they are known. */
const LOGGED_CLIENT_ID_LENGTH = 100;

/** The code of Node's parser for a connection that was closed in the middle of a request. */
export const CLOSED_TOO_EARLY = 'HPE_INVALID_EOF_STATE';

/** Writes the line. One that took `slowMs` or longer is a warning. */
export function logExchange(log: Logger, exchange: Exchange, summary: ExchangeSummary, slowMs: number): void {
  const { method, status, durationMs } = summary;
  const isSlow = durationMs >= slowMs;
  const { identity, errorType } = exchange;
  const isRejected = errorType === 'Unauthorized' || errorType === 'RateLimited';
  const line = {
    // First, so that no handler can replace what the edge knows.
    ...exchange.logFields,
    requestId: exchange.requestId,
    // Undefined values are not in the line.
    traceId: exchange.traceId,
    method,
    path: hideSecrets(exchange.request.path).slice(0, LOGGED_PATH_LENGTH),
    status: status ?? null,
    durationMs,
    apiVersion: identity && exchange.operationId !== undefined ? exchange.version : undefined,
    account: identity?.account,
    clientId: identity?.clientId,
    errorType,
    address: isRejected ? exchange.address : undefined,
    attemptedClientId: isRejected && !identity ? describeClientId(exchange.attemptedClientId) : undefined,
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

/** What a client said that its ID is. Anybody may say anything, and some mix up ID and secret. */
function describeClientId(clientId: string | undefined): string | undefined {
  if (clientId === undefined) return undefined;
  return hasSecret(clientId) ? HIDDEN : clientId.slice(0, LOGGED_CLIENT_ID_LENGTH);
}
