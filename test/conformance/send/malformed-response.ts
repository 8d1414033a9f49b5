/** The implementation has begun a response that is not valid HTTP, or never complete. */
export class MalformedResponseError extends Error {}
