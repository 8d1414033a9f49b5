// Generated from openapi/openapi.yaml by `npm run generate`. Do not edit.
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
         * @description Creates an organization from customers that exist in your account, and answers with the names of all of them.
         *
         *     `memberIds` is a set: an ID that is repeated counts once, the ID of the owner is left out, and the order of first mention is kept. A
         *     customer may own several organizations and be a member of several; creating one never changes another.
         */
        post: operations["createCustomerOrganization"];
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
         * @description A version of the API, named by the day of its release.
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
         * @description ID of a customer of your account, a UUID. Upper case means the same customer.
         * @example 50af5191-05a3-42a5-802a-6b59091157af
         */
        CustomerId: string;
        /** @description What is needed to create a customer organization. */
        NewCustomerOrganization: {
            /** @description ID of the customer that owns the organization, the parent. */
            ownerId: components["schemas"]["CustomerId"];
            /**
             * @description IDs of the customers that are members of the organization, the children. Send an empty array if they are not known yet. Repeated IDs count once;
             *     the ID of the owner may be given, but is left out.
             * @example [
             *       "e309e948-088e-4d77-b654-cd85498f1555",
             *       "e06f36e2-0a44-404d-bdbc-b66a292609b0"
             *     ]
             */
            memberIds: components["schemas"]["CustomerId"][];
        };
        /** @description A parent customer and its child customers. */
        CustomerOrganization: {
            /** @description ID of the organization. New ones are version 7 UUIDs, which sort by time of creation. */
            id: components["schemas"]["Uuid"];
            /** @description The customer that owns the organization, the parent. */
            owner: components["schemas"]["Customer"];
            /** @description The customers that are members of the organization, the children: without the owner, each once, in the order in which the request named them first. */
            members: components["schemas"]["Customer"][];
        };
        /** @description A customer, as an organization shows it. */
        Customer: {
            /** @description ID of the customer. */
            id: components["schemas"]["Uuid"];
            /**
             * @description Legal name of the customer.
             * @example FinTech Solutions Inc.
             */
            name: string;
        };
        /** @description What went wrong, in a sentence for a person. The wording may change at any time. */
        ErrorMessage: string;
        /** @description The invalid places of the request: with `InvalidRequest` the first 100, with `UnknownCustomers` those of all unknown IDs. */
        ErrorDetails: components["schemas"]["Violation"][];
        /** @description One violation in the request. */
        Violation: {
            /**
             * @description The part of the request that has the violation.
             * @enum {string}
             */
            in: "body" | "header" | "path" | "query";
            /**
             * Format: json-pointer
             * @description JSON Pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)) to the place in that part. For a header, or a path or query parameter, its name after a slash; the
             *     empty string means the whole part.
             */
            pointer: string;
            /** @description What is wrong there, and what would be right. */
            message: components["schemas"]["ErrorMessage"];
        };
        /** @description The request cannot be understood, or names customers that do not exist. */
        BadRequestError: {
            /** @description What is wrong with the request. */
            error: {
                /**
                 * @description The kind of error, for a program.
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
        /** @description The idempotency key belongs to another request. */
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
        /** @description The client sends more requests than it may. */
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
        /** @description The service cannot store anything at the moment. */
        ServiceUnavailableError: {
            error: {
                /** @enum {string} */
                type: "Unavailable";
                message: components["schemas"]["ErrorMessage"];
            };
        };
    };
    responses: {
        /** @description The organization is created and stored for good. */
        Created: {
            headers: {
                "Sequence-Version": components["headers"]["SequenceVersion"];
                "X-Request-Id": components["headers"]["RequestId"];
                /**
                 * @description Present when this is the repeated answer to an earlier request with the same `Idempotency-Key`, and nothing was created now. *An addition of this contract.*
                 * @example true
                 */
                "Idempotency-Replayed"?: "true";
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["CustomerOrganization"];
            };
        };
        /**
         * @description The body is not JSON (`MalformedJson`), or the request breaks this contract (`InvalidRequest`), asks for a version that does not exist (`UnrecognisedApiVersion`),
         *     or names customers that your account does not have (`UnknownCustomers`). Nothing was created.
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
        /** @description The `Idempotency-Key` came before, in the last 24 hours, with another body. Nothing was created. *An addition of this contract.* */
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
        /** @description The body is larger than 1 MiB, as sent or after decompression. *An addition of this contract.* */
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
                 * @description The content codings that a request body may have. Present when its `Content-Encoding` was the reason to refuse it. *An addition of this contract.*
                 * @example gzip, deflate, br, zstd
                 */
                "Accept-Encoding"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["UnsupportedMediaTypeError"];
            };
        };
        /** @description The client sends more requests than it may. */
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
        /** @description Unexpected error. Repeat with the same `Idempotency-Key`; if it stays, report the `X-Request-Id`. */
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
        /** @description The service cannot store anything at the moment. Nothing is known to be created; repeat with the same `Idempotency-Key`. *An addition of this contract.* */
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
         * @description The version of the API to use. Without it: the version that your credentials are pinned to, else the newest.
         * @example 2024-07-30
         */
        SequenceVersion: components["schemas"]["ApiVersion"];
        /**
         * @description Makes it safe to repeat the request: for 24 hours the same key with the same body gives the first answer again and creates nothing. Use a fresh UUID for each
         *     organization that you mean to create. *An addition of this contract, not part of the published page.*
         * @example 8e03978e-40d5-43e8-bc93-6894a57f9324
         */
        IdempotencyKey: string;
    };
    requestBodies: never;
    headers: {
        /**
         * @description The version of the API that produced this response.
         * @example 2024-07-30
         */
        SequenceVersion: components["schemas"]["ApiVersion"];
        /**
         * @description Names this request in the logs of the service; quote it when you report an error. *An addition of this contract.*
         * @example 019ab1c0-5d2e-7c4a-8f31-6be0a9d47e52
         */
        RequestId: components["schemas"]["Uuid"];
        /**
         * @description Present when this is the repeated answer to an earlier request with the same `Idempotency-Key`, and nothing was created now. *An addition of this contract.*
         * @example true
         */
        IdempotencyReplayed: "true";
        /**
         * @description The content codings that a request body may have. Present when its `Content-Encoding` was the reason to refuse it. *An addition of this contract.*
         * @example gzip, deflate, br, zstd
         */
        AcceptedContentCodings: string;
        /**
         * @description The challenge of [RFC 7617](https://www.rfc-editor.org/rfc/rfc7617): authenticate with HTTP Basic, in UTF-8.
         * @example Basic realm="customer-organizations", charset="UTF-8"
         */
        Challenge: "Basic realm=\"customer-organizations\", charset=\"UTF-8\"";
        /**
         * @description How many seconds to wait before the request is repeated.
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
                 * @description The version of the API to use. Without it: the version that your credentials are pinned to, else the newest.
                 * @example 2024-07-30
                 */
                "Sequence-Version"?: components["parameters"]["SequenceVersion"];
                /**
                 * @description Makes it safe to repeat the request: for 24 hours the same key with the same body gives the first answer again and creates nothing. Use a fresh UUID for each
                 *     organization that you mean to create. *An addition of this contract, not part of the published page.*
                 * @example 8e03978e-40d5-43e8-bc93-6894a57f9324
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
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
            201: components["responses"]["Created"];
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
