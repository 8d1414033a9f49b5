// Responses whose JSON has been composed without its objects.
import type { HandlerResponse } from './options.ts';

interface Prepared<Body> {
  /** The JSON of the body, in parts of some 100 KB, which are sent as they are. */
  texts: readonly string[];
  /** A short body of the same form, which is validated instead. */
  sample: Body;
}

/**
 * A response whose body has thousands of equal parts. To create 10,000 objects, validate and serialize them takes 3 ms.
 */
export class PreparedResponse<Status extends number, Body> implements HandlerResponse {
  readonly status: Status;
  readonly texts: readonly string[];
  readonly sample: Body;

  constructor(status: Status, { texts, sample }: Prepared<Body>) {
    this.status = status;
    this.texts = texts;
    this.sample = sample;
  }

  /** The body as objects, created each time. */
  get body(): Body {
    return JSON.parse(this.texts.join(''));
  }
}

/** Returns the body of a response, or a short one of the same form. */
export function sampleOf(response: HandlerResponse): unknown {
  return response instanceof PreparedResponse ? response.sample : response.body;
}
