// Reads the body of a response.
import type { HttpResponse } from './validate-response.ts';

export function isSuccess({ status }: HttpResponse): boolean {
  return status >= 200 && status < 300;
}

interface ErrorPart {
  type?: unknown;
  message?: unknown;
  details?: unknown;
}

export function errorOf(body: unknown): ErrorPart | undefined {
  const error: unknown = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  return typeof error === 'object' && error !== null ? error : undefined;
}

export function parse({ text }: HttpResponse): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The response validation reports malformed JSON.
  }
}

export function describeResponse({ status }: HttpResponse, body: unknown): string {
  const error = errorOf(body);
  return error
    ? `${status} ${String(error.type)}: ${String(error.message).slice(0, 200).replace(/\.$/, '')}`
    : String(status);
}
