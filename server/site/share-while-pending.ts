// One run of a function for all who call it meanwhile.

/** A function whose callers share one run of `work` as long as that is pending. The next call begins another. */
export function shareWhilePending<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let pending: Promise<Result> | undefined;
  return () => {
    pending ??= work().finally(() => {
      pending = undefined;
    });
    return pending;
  };
}
