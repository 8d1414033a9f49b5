/** Thrown when a response is not valid HTTP, or is never complete. */
export class MalformedResponseError extends Error {}
