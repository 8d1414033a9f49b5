// Generated from openapi/openapi.yaml and openapi/versions/ by `npm run generate`. Do not edit.
type Keyword = readonly [keyword: string, value: unknown];

/** Keywords beside each pattern that every string satisfies if it matches the pattern. */
export const impliedKeywords: Readonly<Record<string, readonly Keyword[]>> = {
  "^[!-~]+$": [
    [
      "minLength",
      1
    ]
  ],
  "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$": [
    [
      "format",
      "uuid"
    ],
    [
      "minLength",
      36
    ],
    [
      "maxLength",
      36
    ]
  ],
  "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$": [
    [
      "format",
      "uuid"
    ],
    [
      "minLength",
      36
    ],
    [
      "maxLength",
      36
    ]
  ]
};
