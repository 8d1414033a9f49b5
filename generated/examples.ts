// Generated from openapi/openapi.yaml by `npm run generate`. Do not edit.
import type { RequestExampleOf, ResponseExampleOf } from '../openapi/model/examples/example-types.ts';
import type { HasReadWriteMarkers } from './operations.ts';
import type { operations } from './schema.ts';

/**
 * The examples of the contract: the request bodies of each operation by name, its responses by status and name.
 *
 * @example
 * const { body } = examples.createCustomerOrganization.responses[429].RateLimited;
 */
export const examples = {
  "createCustomerOrganization": {
    requests: {
      "asPublished": {
        "summary": "As on the published page",
        "body": {
          "ownerId": "50af5191-05a3-42a5-802a-6b59091157af",
          "memberIds": [
            "e309e948-088e-4d77-b654-cd85498f1555",
            "50af5191-05a3-42a5-802a-6b59091157af"
          ]
        }
      },
      "oneMember": {
        "summary": "A parent with one child",
        "body": {
          "ownerId": "50af5191-05a3-42a5-802a-6b59091157af",
          "memberIds": [
            "e06f36e2-0a44-404d-bdbc-b66a292609b0"
          ]
        }
      },
      "noMembersYet": {
        "summary": "A parent without children yet",
        "body": {
          "ownerId": "e06f36e2-0a44-404d-bdbc-b66a292609b0",
          "memberIds": []
        }
      }
    } satisfies RequestExampleOf<operations["createCustomerOrganization"], HasReadWriteMarkers>,
    responses: {
      201: {
        "asPublished": {
          "summary": "The response to the request as published",
          "body": {
            "id": "0190ff7e-3b1c-7d52-9c0e-4a6f8b2d1e35",
            "owner": {
              "id": "50af5191-05a3-42a5-802a-6b59091157af",
              "name": "FinTech Solutions Inc."
            },
            "members": [
              {
                "id": "e309e948-088e-4d77-b654-cd85498f1555",
                "name": "Fintech Payment Processing"
              }
            ]
          },
          "headers": {}
        },
        "oneMember": {
          "summary": "A parent with one child",
          "body": {
            "id": "0190ff7e-8a04-7f6b-8d21-b7c5e0936f48",
            "owner": {
              "id": "50af5191-05a3-42a5-802a-6b59091157af",
              "name": "FinTech Solutions Inc."
            },
            "members": [
              {
                "id": "e06f36e2-0a44-404d-bdbc-b66a292609b0",
                "name": "FinTech Wealth Management"
              }
            ]
          },
          "headers": {}
        },
        "noMembersYet": {
          "summary": "A parent without children yet",
          "body": {
            "id": "0190ff7e-c9d7-7a18-b3f4-58e21d07c6a9",
            "owner": {
              "id": "e06f36e2-0a44-404d-bdbc-b66a292609b0",
              "name": "FinTech Wealth Management"
            },
            "members": []
          },
          "headers": {}
        },
        "publishedResponse": {
          "summary": "The response of the published page, which contradicts the description of the page",
          "body": {
            "id": "c0dc4e79-ec52-4811-8cf5-addb2527915c",
            "owner": {
              "id": "50af5191-05a3-42a5-802a-6b59091157af",
              "name": "FinTech Solutions Inc."
            },
            "members": [
              {
                "id": "e309e948-088e-4d77-b654-cd85498f1555",
                "name": "Fintech Payment Processing"
              },
              {
                "id": "50af5191-05a3-42a5-802a-6b59091157af",
                "name": "Fintech Lending Services"
              }
            ]
          },
          "headers": {}
        }
      } satisfies ResponseExampleOf<operations["createCustomerOrganization"], 201, HasReadWriteMarkers>,
      400: {
        "InvalidRequest": {
          "summary": "A misspelt property, and an ID that is not a UUID",
          "body": {
            "error": {
              "type": "InvalidRequest",
              "message": "The request has 3 violations. See details.",
              "details": [
                {
                  "in": "body",
                  "pointer": "/memberIds",
                  "message": "Required, but missing."
                },
                {
                  "in": "body",
                  "pointer": "/members",
                  "message": "Unknown property \"members\". Known here: ownerId, memberIds."
                },
                {
                  "in": "body",
                  "pointer": "/ownerId",
                  "message": "Must be a UUID, such as 50af5191-05a3-42a5-802a-6b59091157af."
                }
              ]
            }
          },
          "headers": {}
        },
        "MalformedJson": {
          "summary": "A trailing comma",
          "body": {
            "error": {
              "type": "MalformedJson",
              "message": "The body is not valid JSON at line 1, column 51 (offset 50): Property name expected."
            }
          },
          "headers": {}
        },
        "UnrecognisedApiVersion": {
          "summary": "An unknown version",
          "body": {
            "error": {
              "type": "UnrecognisedApiVersion",
              "message": "There is no API version \"2023-01-01\". Use 2024-07-30, or send no Sequence-Version header."
            }
          },
          "headers": {}
        },
        "UnknownCustomers": {
          "summary": "IDs that are not customers of the account",
          "body": {
            "error": {
              "type": "UnknownCustomers",
              "message": "The account has no customer with 2 of the IDs; see details.",
              "details": [
                {
                  "in": "body",
                  "pointer": "/ownerId",
                  "message": "The account has no customer 11111111-1111-4111-8111-111111111111."
                },
                {
                  "in": "body",
                  "pointer": "/memberIds/1",
                  "message": "The account has no customer 22222222-2222-4222-8222-222222222222."
                }
              ]
            }
          },
          "headers": {}
        }
      } satisfies ResponseExampleOf<operations["createCustomerOrganization"], 400, HasReadWriteMarkers>,
      401: {
        "Unauthorized": {
          "summary": "No valid credentials",
          "body": {
            "error": {
              "type": "Unauthorized",
              "message": "The credentials are missing, malformed or wrong. Send client ID and secret with HTTP Basic."
            }
          },
          "headers": {
            "WWW-Authenticate": "Basic realm=\"customer-organizations\", charset=\"UTF-8\""
          }
        }
      } satisfies ResponseExampleOf<operations["createCustomerOrganization"], 401, HasReadWriteMarkers>,
      409: {
        "IdempotencyKeyReused": {
          "summary": "A key of another request",
          "body": {
            "error": {
              "type": "IdempotencyKeyReused",
              "message": "The Idempotency-Key was used before with a different body. Use a new key for a new request."
            }
          },
          "headers": {}
        }
      } satisfies ResponseExampleOf<operations["createCustomerOrganization"], 409, HasReadWriteMarkers>,
      413: {
        "PayloadTooLarge": {
          "summary": "A body over the limit",
          "body": {
            "error": {
              "type": "PayloadTooLarge",
              "message": "The body is larger than 1 MiB (1,048,576 bytes)."
            }
          },
          "headers": {}
        }
      } satisfies ResponseExampleOf<operations["createCustomerOrganization"], 413, HasReadWriteMarkers>,
      415: {
        "UnsupportedMediaType": {
          "summary": "A body that is not JSON",
          "body": {
            "error": {
              "type": "UnsupportedMediaType",
              "message": "The media type or content coding is not supported. Send JSON in UTF-8 with Content-Type: application/json, uncompressed or with Content-Encoding gzip, deflate, br or zstd."
            }
          },
          "headers": {}
        }
      } satisfies ResponseExampleOf<operations["createCustomerOrganization"], 415, HasReadWriteMarkers>,
      429: {
        "RateLimited": {
          "summary": "Too many requests",
          "body": {
            "error": {
              "type": "RateLimited",
              "message": "Too many requests. Retry after the number of seconds in Retry-After."
            }
          },
          "headers": {
            "Retry-After": "2"
          }
        }
      } satisfies ResponseExampleOf<operations["createCustomerOrganization"], 429, HasReadWriteMarkers>,
      500: {
        "InternalError": {
          "summary": "An unexpected error",
          "body": {
            "error": {
              "type": "InternalError",
              "message": "Unexpected error. Report it with the X-Request-Id header."
            }
          },
          "headers": {}
        }
      } satisfies ResponseExampleOf<operations["createCustomerOrganization"], 500, HasReadWriteMarkers>,
      503: {
        "Unavailable": {
          "summary": "The database is unavailable",
          "body": {
            "error": {
              "type": "Unavailable",
              "message": "The service is temporarily unavailable. Retry after the number of seconds in Retry-After."
            }
          },
          "headers": {
            "Retry-After": "2"
          }
        }
      } satisfies ResponseExampleOf<operations["createCustomerOrganization"], 503, HasReadWriteMarkers>,
    },
  },
};

/** The examples of one operation's responses, by status and name. */
type Responses<Id extends keyof typeof examples> = (typeof examples)[Id]['responses'];

/**
 * The name of an example of some response. That of an error is its `error.type`.
 *
 * @example
 * const scenario: ScenarioName = 'RateLimited';
 */
export type ScenarioName = {
  [Id in keyof typeof examples]: {
    [Status in keyof Responses<Id>]: keyof Responses<Id>[Status] & string;
  }[keyof Responses<Id>];
}[keyof typeof examples];
