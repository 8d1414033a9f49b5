// The types of the examples in generated/examples.ts.

interface Example<Body> {
  summary: string;
  body: Body;
}

/**
 * Request examples, by name. With markers, examples lack the properties that are not sent in their direction, and their
 * types are not checked.
 */
export type RequestExampleOf<O, HasMarkers> = Record<string, Example<HasMarkers extends true ? unknown : BodyOf<O>>>;

/** The request body; `never` for an operation without one. */
type BodyOf<O> = O extends { requestBody?: infer B } ? (B extends { content: infer C } ? C[keyof C] : never) : never;

/** Response examples, by name. A response without a body has the example `default`, whose body is null. */
export type ResponseExampleOf<O, Status, HasMarkers> = Record<
  string,
  Example<HasMarkers extends true ? unknown : JsonOf<O, Status>> & { headers: Record<string, string> }
>;

type JsonOf<O, Status> = O extends { responses: infer R }
  ? Status extends keyof R
    ? R[Status] extends { content: infer C }
      ? C[keyof C]
      : null
    : never
  : never;
