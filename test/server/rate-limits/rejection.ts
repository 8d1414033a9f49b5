// Reads the error of a rate limit.
import { ApiError } from '../../../server/edge/errors.ts';

/** The error; undefined when the request passes. */
export async function rejection(work: unknown): Promise<ApiError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}
