// The error that a rate limit refuses with.
import { ApiError } from '../../../server/edge/errors.ts';

/** The rejection, or undefined when it passes. */
export async function refusal(work: unknown): Promise<ApiError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}
