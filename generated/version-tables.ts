// Generated from openapi/openapi.yaml and openapi/versions/ by `npm run generate`. Do not edit.
import type { ClientOperations } from '../openapi/model/client-operations.ts';
import type { RouteEntry } from '../openapi/model/operation-tables.ts';
import type { OlderHeaders } from '../openapi/model/versions/older-contract.ts';
import type { VersionTypes } from './version-types.ts';

/** The operations of each live version, oldest first, as the client reads them. */
export const versionTables: { readonly [V in keyof VersionTypes]: ClientOperations } = {
  "2024-07-30": {
  "routes": [
    {
      "operationId": "createCustomerOrganization",
      "method": "POST",
      "path": "/customer-organizations",
      "authenticated": true,
      "mediaType": "application/json",
      "statuses": [
        201,
        400,
        401,
        409,
        413,
        415,
        429,
        500,
        503
      ],
      "headers": [
        "Sequence-Version",
        "Idempotency-Key"
      ]
    }
  ],
  "errorStatuses": {
    "InvalidRequest": 400,
    "MalformedJson": 400,
    "UnrecognisedApiVersion": 400,
    "UnknownCustomers": 400,
    "Unauthorized": 401,
    "IdempotencyKeyReused": 409,
    "PayloadTooLarge": 413,
    "UnsupportedMediaType": 415,
    "RateLimited": 429,
    "InternalError": 500,
    "Unavailable": 503,
    "NotFound": 404,
    "MethodNotAllowed": 405
  }
},
};

/** The operations of the versions before the newest, as servers read them. */
export const olderRoutes: Readonly<Record<string, readonly RouteEntry[]>> = {};

/** The headers that responses of older versions have besides those of their contracts, oldest version first. */
export const olderHeaders: readonly OlderHeaders[] = [];
