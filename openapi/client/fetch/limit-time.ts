// Bounds work by a time-out and a signal.

/**
 * Settles as the work does, which gets a signal of its own; what it waits for may not look at that. Rejects with the
 * reason of `outer` when that aborts first, and with a `TimeoutError` of this message after a duration in milliseconds.
 */
export async function limitTime<T>(
  outer: AbortSignal,
  timeoutMs: number,
  message: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer.throwIfAborted();
  const controller = new AbortController();
  const { signal } = controller;
  const abort = () => controller.abort(outer.reason);
  outer.addEventListener('abort', abort);
  const timer = setTimeout(() => controller.abort(new DOMException(message, 'TimeoutError')), timeoutMs);
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  try {
    return await Promise.race([work(signal), aborted]);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', abort);
  }
}
