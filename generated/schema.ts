// Generated from openapi/openapi.yaml by `npm run generate`. Do not edit.
import type { WithFallbacks } from '../openapi/model/fallback-types.ts';

/** The error types of responses to requests that reach no operation, by status. */
interface Fallbacks {
    404: "NotFound";
    405: "MethodNotAllowed";
}
/**
 * Every path of the contract, with its methods.
 *
 * @example
 * type Path = keyof paths;
 */
export interface paths {
    "/customer-organizations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a customer organization
         * @description Creates an organization from existing customers of your account, and returns it with the names of all of them.
         *
         *     `memberIds` is a set: repeated IDs count once, the ID of the owner is left out, and the order of the first
         *     mentions is kept. A customer may own several organizations and be a member of several. Creating an organization
         *     never changes another one.
         */
        post: WithFallbacks<operations["createCustomerOrganization"], Fallbacks>;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
/**
 * The named components of the contract. `Schema<'CustomerOrganization'>` is shorter for a schema.
 *
 * @example
 * type Organization = components['schemas']['CustomerOrganization'];
 */
export interface components {
    schemas: {
        /**
         * @description A version of the API, named by its release date.
         * @enum {string}
         */
        ApiVersion: "2024-07-30";
        /**
         * Format: uuid
         * @description A UUID in its canonical, lower-case form.
         */
        Uuid: string;
        /**
         * Format: uuid
         * @description The ID of a customer of your account, a UUID. Letter case does not matter.
         * @example 50af5191-05a3-42a5-802a-6b59091157af
         */
        CustomerId: string;
        /** @description A customer organization to create. */
        NewCustomerOrganization: {
            /** @description The ID of the owner, the parent customer. */
            ownerId: components["schemas"]["CustomerId"];
            /**
             * @description The IDs of the members, the child customers. Send an empty array if there are none yet. Repeated IDs count
             *     once. The ID of the owner is allowed, but left out.
             * @example [
             *       "e309e948-088e-4d77-b654-cd85498f1555",
             *       "e06f36e2-0a44-404d-bdbc-b66a292609b0"
             *     ]
             */
            memberIds: components["schemas"]["CustomerId"][];
        };
        /** @description A parent customer with its child customers. */
        CustomerOrganization: {
            /** @description The ID of the organization. New IDs are version 7 UUIDs, which sort by creation time. */
            id: components["schemas"]["Uuid"];
            /** @description The owner, the parent customer. */
            owner: components["schemas"]["Customer"];
            /**
             * @description The members, the child customers: without the owner, each once, in the order of their first mention in the
             *     request.
             */
            members: components["schemas"]["Customer"][];
        };
        /** @description A customer of an organization. */
        Customer: {
            /** @description The ID of the customer. */
            id: components["schemas"]["Uuid"];
            /**
             * @description The legal name of the customer, exactly as the account has it.
             * @example FinTech Solutions Inc.
             */
            name: string;
        };
        /** @description What went wrong, for people. The wording may change at any time. */
        ErrorMessage: string;
        /** @description The violations of the request: the first ones for `InvalidRequest`, all unknown IDs for `UnknownCustomers`. */
        ErrorDetails: components["schemas"]["Violation"][];
        /** @description A violation of the contract, or an unknown customer. */
        Violation: {
            in: components["schemas"]["RequestPart"];
            /**
             * Format: json-pointer
             * @description A JSON Pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)) to the place in that part. For a header,
             *     a path or a query parameter: a slash and its name. The empty string means the whole part.
             */
            pointer: string;
            /** @description What is wrong at this place, and what is expected. */
            message: components["schemas"]["ErrorMessage"];
        };
        /**
         * @description The part of the request.
         * @enum {string}
         */
        RequestPart: "body" | "header" | "path" | "query";
        /** @description The request is invalid, or has unknown customers. */
        BadRequestError: {
            /** @description The error of the request. */
            error: {
                /**
                 * @description The kind of error, for programs.
                 * @enum {string}
                 */
                type: "InvalidRequest" | "MalformedJson" | "UnrecognisedApiVersion" | "UnknownCustomers";
                message: components["schemas"]["ErrorMessage"];
                details?: components["schemas"]["ErrorDetails"];
            };
        };
        /** @description The credentials are missing, malformed or wrong. */
        UnauthorizedError: {
            error: {
                /** @enum {string} */
                type: "Unauthorized";
                message: components["schemas"]["ErrorMessage"];
            };
        };
        /** @description The idempotency key was used for another request. */
        ConflictError: {
            error: {
                /** @enum {string} */
                type: "IdempotencyKeyReused";
                message: components["schemas"]["ErrorMessage"];
            };
        };
        /** @description The body is too large. */
        PayloadTooLargeError: {
            error: {
                /** @enum {string} */
                type: "PayloadTooLarge";
                message: components["schemas"]["ErrorMessage"];
            };
        };
        /** @description The body is not sent as JSON in UTF-8. */
        UnsupportedMediaTypeError: {
            error: {
                /** @enum {string} */
                type: "UnsupportedMediaType";
                message: components["schemas"]["ErrorMessage"];
            };
        };
        /** @description The client has sent too many requests. */
        TooManyRequestsError: {
            error: {
                /** @enum {string} */
                type: "RateLimited";
                message: components["schemas"]["ErrorMessage"];
            };
        };
        /** @description Unexpected error. */
        InternalServerError: {
            error: {
                /** @enum {string} */
                type: "InternalError";
                message: components["schemas"]["ErrorMessage"];
            };
        };
        /** @description The service is temporarily unavailable. */
        ServiceUnavailableError: {
            error: {
                /** @enum {string} */
                type: "Unavailable";
                message: components["schemas"]["ErrorMessage"];
            };
        };
    };
    responses: {
        /**
         * @description The body is not JSON (`MalformedJson`), or the request violates this contract (`InvalidRequest`), selects an
         *     unknown version (`UnrecognisedApiVersion`), or has IDs that are not customers of your account
         *     (`UnknownCustomers`). Nothing was created.
         */
        BadRequest: {
            headers: {
                "Sequence-Version": components["headers"]["SequenceVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["BadRequestError"];
            };
        };
        /** @description The credentials are missing, malformed or wrong. */
        Unauthorized: {
            headers: {
                "Sequence-Version": components["headers"]["SequenceVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                "WWW-Authenticate": components["headers"]["Challenge"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["UnauthorizedError"];
            };
        };
        /**
         * @description The `Idempotency-Key` was used before with a different body, and has not expired. Nothing was created. *An addition of
         *     this contract.*
         */
        Conflict: {
            headers: {
                "Sequence-Version": components["headers"]["SequenceVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ConflictError"];
            };
        };
        /** @description The body is larger than its limit, as sent or after decompression. *An addition of this contract.* */
        PayloadTooLarge: {
            headers: {
                "Sequence-Version": components["headers"]["SequenceVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["PayloadTooLargeError"];
            };
        };
        /** @description The body is not sent as JSON in UTF-8. *An addition of this contract.* */
        UnsupportedMediaType: {
            headers: {
                "Sequence-Version": components["headers"]["SequenceVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                /**
                 * @description The content codings that a request body may have. Present if the `Content-Encoding` was rejected. *An addition
                 *     of this contract.*
                 * @example gzip, deflate, br, zstd
                 */
                "Accept-Encoding"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["UnsupportedMediaTypeError"];
            };
        };
        /** @description The client has sent too many requests. */
        TooManyRequests: {
            headers: {
                "Sequence-Version": components["headers"]["SequenceVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["TooManyRequestsError"];
            };
        };
        /** @description Unexpected error. Retry with the same `Idempotency-Key`, or report the `X-Request-Id`. */
        InternalServerError: {
            headers: {
                "Sequence-Version": components["headers"]["SequenceVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["InternalServerError"];
            };
        };
        /**
         * @description The service is temporarily unavailable. Whether the organization was created is unknown: retry with the same
         *     `Idempotency-Key`. *An addition of this contract.*
         */
        ServiceUnavailable: {
            headers: {
                "Sequence-Version": components["headers"]["SequenceVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ServiceUnavailableError"];
            };
        };
    };
    parameters: {
        /**
         * @description The version of the API. Default: the version that your credentials are pinned to, or else the newest one.
         * @example 2024-07-30
         */
        SequenceVersion: components["schemas"]["ApiVersion"];
        /**
         * @description Makes retries safe: until it expires, the same key with the same body returns the first response again and
         *     creates nothing. Use a fresh UUID for each organization. *An addition of this contract, not part of the published page.*
         * @example 8e03978e-40d5-43e8-bc93-6894a57f9324
         */
        IdempotencyKey: string;
    };
    requestBodies: never;
    headers: {
        /**
         * @description The version of this response: the one that the request names, or else the one that your credentials are pinned
         *     to, or else the newest, which may have been released after this page. Errors without accepted credentials have
         *     the newest unless the request names one.
         * @example 2024-07-30
         */
        SequenceVersion: string;
        /**
         * @description Identifies the request in the logs of the service; no two responses have the same. Include it when you report an
         *     error. *An addition of this contract.*
         * @example 019ab1c0-5d2e-7c4a-8f31-6be0a9d47e52
         */
        RequestId: components["schemas"]["Uuid"];
        /**
         * @description Present only if this is the response to an earlier request with the same `Idempotency-Key`, and nothing was
         *     created now. Such a response has its own `X-Request-Id`. *An addition of this contract.*
         * @example true
         */
        IdempotencyReplayed: "true";
        /**
         * @description The content codings that a request body may have. Present if the `Content-Encoding` was rejected. *An addition
         *     of this contract.*
         * @example gzip, deflate, br, zstd
         */
        AcceptedContentCodings: string;
        /**
         * @description The challenge of [RFC 7617](https://www.rfc-editor.org/rfc/rfc7617): HTTP Basic in UTF-8. Letter case, white
         *     space, the order of the parameters and other challenges carry no meaning, and `realm` is the server's own
         *     ([RFC 9110](https://www.rfc-editor.org/rfc/rfc9110), section 11.6.1).
         * @example Basic realm="customer-organizations", charset="UTF-8"
         */
        Challenge: "Basic realm=\"customer-organizations\", charset=\"UTF-8\"";
        /**
         * @description The number of seconds to wait before a retry.
         * @example 2
         */
        RetryAfter: number;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
/**
 * Every operation of the contract, by its `operationId`.
 *
 * @example
 * type OperationId = keyof operations;
 */
export interface operations {
    createCustomerOrganization: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The version of the API. Default: the version that your credentials are pinned to, or else the newest one.
                 * @example 2024-07-30
                 */
                "Sequence-Version"?: components["parameters"]["SequenceVersion"] | undefined;
                /**
                 * @description Makes retries safe: until it expires, the same key with the same body returns the first response again and
                 *     creates nothing. Use a fresh UUID for each organization. *An addition of this contract, not part of the published page.*
                 * @example 8e03978e-40d5-43e8-bc93-6894a57f9324
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"] | undefined;
            };
            path?: never;
            cookie?: never;
        };
        /** @description The owner and the members of the organization to create. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCustomerOrganization"];
            };
        };
        responses: {
            /** @description The organization was created and stored durably. */
            201: {
                headers: {
                    "Sequence-Version": components["headers"]["SequenceVersion"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    /**
                     * @description Present only if this is the response to an earlier request with the same `Idempotency-Key`, and nothing was
                     *     created now. Such a response has its own `X-Request-Id`. *An addition of this contract.*
                     * @example true
                     */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CustomerOrganization"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
}
