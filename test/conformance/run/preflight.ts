// Sends one plain request to each operation, to find out whether a run is possible.
import type { HttpRequest, Subject } from '../cases/case.ts';
import { bodyWithAllCustomers } from '../cases/customers/customer-cases.ts';
import type { RequestBuilder } from '../cases/request-builder.ts';
import { USER_VARIABLE } from '../options/user-variables.ts';
import { MalformedResponseError } from '../send/malformed-response.ts';
import { RateLimitedError, type Send } from '../send/sender.ts';
import { HandlerError } from '../send/serve-handler.ts';
import { explainNoResponse, ResponseTimeoutError } from '../send/transport.ts';
import { errorOf, parse } from '../validate/response-body.ts';
import type { HttpResponse } from '../validate/validate-response.ts';

/**
 * Resolves with the reason not to start, or with undefined. A response that violates the contract is no reason, because
 * the run reports it.
 *
 * @param isValid validates a 429 response
 */
export async function findPreflightError(
  subject: Subject,
  builders: Iterable<RequestBuilder>,
  send: Send,
  isValid: (request: HttpRequest, response: HttpResponse) => boolean,
): Promise<string | undefined> {
  try {
    for (const builder of builders) {
      const request = builder.build({ value: bodyWithAllCustomers(builder) });
      const response = await send(request, (rejection) => {
        if (!isValid(request, rejection)) throw new MalformedResponseError('A 429 response violates the contract.');
      });
      const abortReason = readPreflightError(subject, builder, response);
      if (abortReason !== undefined) return abortReason;
    }
    return undefined;
  } catch (error) {
    if (error instanceof MalformedResponseError) return undefined;
    // The run reports the error.
    if (error instanceof RateLimitedError && error.isWaitWrong) return undefined;
    if (error instanceof RateLimitedError) return `The implementation ${error.message}. Try again later.`;
    return `No response from ${subject.url} (${explainNoResponse(error)}). ${adviceFor(error)}`;
  }
}

function adviceFor(error: unknown): string {
  if (error instanceof HandlerError) return 'The exception is in handlerErrors.';
  if (error instanceof ResponseTimeoutError) return 'Does it need longer? Set --timeout.';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'EPROTO' || code === 'ENOTFOUND' || code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'Correct the URL.';
  if (code === 'CERT_HAS_EXPIRED') return 'Renew its certificate.';
  // The codes of OpenSSL for certificates that no known authority has signed.
  if (/CERT|LEAF_SIGNATURE/.test(code))
    return 'To trust its certificate, set the environment variable NODE_EXTRA_CA_CERTS to the file of its authority.';
  return 'Is it running?';
}

function readPreflightError(
  { clientId, url }: Subject,
  { entry }: RequestBuilder,
  response: HttpResponse,
): string | undefined {
  const { status, headers } = response;
  const { type, message } = errorOf(parse(response)) ?? {};
  const target = `${entry.method.toUpperCase()} ${url}${entry.path}`;
  if (status === 401 || status === 403)
    return (
      `The credentials of client ${clientId} were rejected with ${status}. ` +
      `Set others with --user id:secret or ${USER_VARIABLE}.`
    );
  if (status >= 300 && status < 400 && !(String(status) in entry.operation.responses))
    return `${target} redirects with ${status} to ${headers.location ?? 'no location'}. Use the final base URL.`;
  // The typical mistake is the URL of a website. An error page is a violation, which the run reports.
  if (status < 400 && /^text\/html\b/i.test(headers['content-type'] ?? ''))
    return `${target} returned ${status} with an HTML page. Is ${url} the base URL of the API?`;
  // The wording of nginx, Apache httpd and Go.
  if (status === 400 && type === undefined && /HTTPS|SSL/.test(response.text))
    return `${url} expects TLS. Does its address begin with https?`;
  // The ID in an example of the contract may not exist.
  if (status === 404 && !entry.path.includes('{')) return `${target} returned 404. Is ${url} the base URL of the API?`;
  if (type === 'UnknownCustomers')
    return `The implementation does not know the customers: "${message}". Set existing ones with --owner and --member.`;
  if (status >= 502 && status <= 504) return `The implementation is unavailable (${status}). Try again later.`;
  return undefined;
}
