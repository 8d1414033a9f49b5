// Generated from openapi/openapi.yaml by `npm run generate`. Do not edit.
/** The limits for clients, by name. Each name ends with its unit. */
export const limits = {
  "members": 10000,
  "requestBodyBytes": 1048576,
  "listedViolations": 100,
  "requestsPerMinute": 1500,
  "failedLoginsPerMinute": 30,
  "idempotencyKeyCharacters": 255,
  "idempotencyKeyHours": 24
} as const;

/** The checks of a request. The first that fails decides the response. */
export const orderOfChecks = [
  "path",
  "method",
  "credentials",
  "rateLimit",
  "version",
  "mediaType",
  "size",
  "json",
  "contract",
  "idempotency",
  "customers"
] as const;
