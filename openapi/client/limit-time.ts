// Bounds work by a time-out and a signal.

/**
 * Settles as the work does. The work gets a signal of its own, which it need not observe. Rejects when `outer` aborts
 * first, and with a `TimeoutError` of this message after a duration in milliseconds.
 *
 * @param toError converts the reason of the signal to the error to reject with. Default: the reason itself
 */
export async function limitTime<T>(
  outer: AbortSignal,
  timeoutMs: number,
  message: string,
  work: (signal: AbortSignal) => Promise<T>,
  toError: (reason: unknown) => unknown = (reason) => reason,
): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  const abort = () => controller.abort(outer.reason);
  const timer = setTimeout(() => controller.abort(new DOMException(message, 'TimeoutError')), timeoutMs);
  try {
    return await new Promise<T>((settle, fail) => {
      signal.addEventListener('abort', () => fail(toError(signal.reason)));
      outer.addEventListener('abort', abort);
      if (outer.aborted) abort();
      else work(signal).then(settle, fail);
    });
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', abort);
  }
}
