// Adds to the types of an operation the responses that its calls can have although it does not declare them.

/**
 * An operation that also has the responses to requests that reach no operation, such as one to a wrong base URL.
 * `Types` has their error types by status. A handler cannot return them.
 */
export type WithFallbacks<Operation, Types> = {
  [Name in keyof Operation]: Name extends 'responses' ? WithErrors<Operation[Name], Types> : Operation[Name];
};

/** A status may have both, since an operation may declare another error for it. */
type WithErrors<Responses, Types> = {
  [Status in keyof Responses | keyof Types]:
    | (Status extends keyof Responses ? Responses[Status] : never)
    | (Status extends keyof Types ? ErrorResponse<Types[Status]> : never);
};

/** A response in the form of openapi-typescript. */
interface ErrorResponse<Type> {
  headers: { [name: string]: unknown };
  content: { 'application/json': { error: { type: Type; message: string } } };
}
