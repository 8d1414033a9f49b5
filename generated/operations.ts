// Generated from openapi/openapi.yaml by `npm run generate`. Do not edit.
import type { RequestOf, ResponseOf } from '../openapi/model/handler-types.ts';
import type { operations } from './schema.ts';

/** The path in front of every route. */
export const basePath = "/api";

/** The versions of the API, oldest first. */
export const apiVersions = [
  "2024-07-30"
] as const;

/**
 * The operations of the contract. `responses` has the headers of each response by status, without the edge headers,
 * and whether each is required.
 */
export const routes = [
  {
    "operationId": "createCustomerOrganization",
    "method": "POST",
    "path": "/customer-organizations",
    "authenticated": true,
    "body": {
      "required": true,
      "mediaTypes": [
        "application/json"
      ]
    },
    "parameters": {
      "path": [],
      "query": [],
      "header": [
        "Sequence-Version",
        "Idempotency-Key"
      ],
      "repeated": [],
      "commaSeparated": [],
      "withoutCommas": []
    },
    "responses": {
      "201": {
        "Idempotency-Replayed": false
      },
      "400": {},
      "401": {
        "WWW-Authenticate": true
      },
      "409": {},
      "413": {},
      "415": {
        "Accept-Encoding": false
      },
      "429": {
        "Retry-After": true
      },
      "500": {},
      "503": {
        "Retry-After": true
      }
    },
    "mediaTypes": {},
    "withoutBody": []
  }
] as const;

/** Every error type, with its status and default message. */
export const errorTypes = {
  "InvalidRequest": {
    "status": 400,
    "message": "The request has 3 violations. See details."
  },
  "MalformedJson": {
    "status": 400,
    "message": "The body is not valid JSON at line 1, column 51 (offset 50): Property name expected."
  },
  "UnrecognisedApiVersion": {
    "status": 400,
    "message": "There is no API version \"2023-01-01\". Use 2024-07-30, or send no Sequence-Version header."
  },
  "UnknownCustomers": {
    "status": 400,
    "message": "The account has no customer with 2 of the IDs; see details."
  },
  "Unauthorized": {
    "status": 401,
    "message": "The credentials are missing, malformed or wrong. Send client ID and secret with HTTP Basic."
  },
  "IdempotencyKeyReused": {
    "status": 409,
    "message": "The Idempotency-Key was used before with a different body. Use a new key for a new request."
  },
  "PayloadTooLarge": {
    "status": 413,
    "message": "The body is larger than 1 MiB (1,048,576 bytes)."
  },
  "UnsupportedMediaType": {
    "status": 415,
    "message": "The media type or content coding is not supported. Send JSON in UTF-8 with Content-Type: application/json, uncompressed or with Content-Encoding gzip, deflate, br or zstd."
  },
  "RateLimited": {
    "status": 429,
    "message": "Too many requests. Retry after the number of seconds in Retry-After."
  },
  "InternalError": {
    "status": 500,
    "message": "Unexpected error. Report it with the X-Request-Id header."
  },
  "Unavailable": {
    "status": 503,
    "message": "The service is temporarily unavailable. Retry after the number of seconds in Retry-After."
  },
  "NotFound": {
    "status": 404,
    "message": "The path does not exist. Check the base URL and the path."
  },
  "MethodNotAllowed": {
    "status": 405,
    "message": "The path does not support this method. The Allow header lists the methods that it supports."
  }
} as const;

/** Responses to requests that reach no operation, by status. */
export const fallbackResponses = [
  {
    "status": 404,
    "types": [
      "NotFound"
    ]
  },
  {
    "status": 405,
    "types": [
      "MethodNotAllowed"
    ]
  }
] as const;

/** Headers of every response. The edge sets them, handlers do not. */
export const edgeHeaders = [
  "Sequence-Version",
  "X-Request-Id"
] as const;

/**
 * A version of the API, by the day of its release.
 *
 * @example
 * const version: ApiVersion = '2024-07-30';
 */
export type ApiVersion = (typeof apiVersions)[number];

/** A row of the route table: one operation of the contract. */
export type Route = (typeof routes)[number];

/**
 * Every `error.type` of the contract.
 *
 * @example
 * const retryable: ErrorType[] = ['RateLimited', 'Unavailable'];
 */
export type ErrorType = keyof typeof errorTypes;

/** A header that the edge sets. */
export type EdgeHeader = (typeof edgeHeaders)[number];

/** Whether the types in schema.ts mark what is `readOnly` or `writeOnly`. */
export type HasReadWriteMarkers = false;

/** The validated request of `POST /customer-organizations`. */
export type CreateCustomerOrganizationRequest = RequestOf<operations['createCustomerOrganization']>;

/** The declared responses of `POST /customer-organizations`, discriminated by `status`. */
export type CreateCustomerOrganizationResponse = ResponseOf<
  operations['createCustomerOrganization']['responses'],
  EdgeHeader
>;

/** One method for each operation: from the validated request to one of the declared responses. */
export interface Handlers<Context = unknown> {
  /** `POST /customer-organizations`: Create a customer organization. */
  createCustomerOrganization(
    request: CreateCustomerOrganizationRequest,
    context: Context,
  ): Promise<CreateCustomerOrganizationResponse>;
}
