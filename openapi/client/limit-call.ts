// Bounds functions of the caller.
import { NetworkError } from './errors/network-error.ts';
import { limitTime } from './limit-time.ts';

/**
 * Settles as the function does. Rejects with a `NetworkError` when the signal of the request aborts first, or after a
 * duration in milliseconds. `subject` is the beginning of "The function `credentials` did not return within ...".
 */
export async function limitCall<T>(
  request: Request,
  timeoutMs: number,
  subject: string,
  call: () => T | Promise<T>,
): Promise<T> {
  return limitTime(
    request.signal,
    timeoutMs,
    `${subject} did not return within ${timeoutMs} ms.`,
    async () => call(),
    (reason) => new NetworkError(request, reason),
  );
}
