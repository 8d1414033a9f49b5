// Reads the parts of a request that defects of idempotency keys use.
import type { Defect, ProxyRequest, Rewrite } from './rewriting-proxy.ts';

/** The name of the header in Node. */
export const KEY = 'idempotency-key';

/** The key of a request, if it has one. */
export function keyOf({ headers }: ProxyRequest): string | undefined {
  return headers[KEY]?.toString();
}

/** The owner that a body names. */
export function ownerOf(text: string): string | undefined {
  return /"ownerId":\s*"([^"]*)"/.exec(text)?.[1];
}

/** The members that a body names. */
export function membersOf(text: string): string[] {
  return /"memberIds":\s*\[([^\]]*)/.exec(text)?.[1]?.match(/[^\s",]+/g) ?? [];
}

/** A defect that breaks this rule. */
export const define = (name: string, rewrite: Rewrite, rule = 'idempotency'): Defect => ({ name, rule, ...rewrite });
