// What the client knows of operations. It is kept small, because it is a part of every page.

/** The operations of a version. */
export interface ClientOperations {
  readonly routes: readonly ClientRoute[];
  /** The HTTP status of each error type. */
  readonly errorStatuses: Readonly<Record<string, number>>;
}

/** The parts of a `RouteEntry` that the client reads. Lists that are empty are left out. */
export interface ClientRoute {
  readonly operationId: string;
  /** The HTTP method, in upper case. */
  readonly method: string;
  readonly path: string;
  readonly authenticated: boolean;
  /** The media type of the request body, if there is one. */
  readonly mediaType?: string | undefined;
  /** Names of the headers that can be sent. */
  readonly headers?: readonly string[] | undefined;
  /** Names of arrays in the query whose items are separated by commas. */
  readonly commaSeparated?: readonly string[] | undefined;
  /** The statuses of all responses. */
  readonly statuses: readonly number[];
  /** The statuses of responses without a body. */
  readonly withoutBody?: readonly number[] | undefined;
  /** The statuses of responses whose body is a list. */
  readonly lists?: readonly number[] | undefined;
  /** The statuses of responses whose body is not JSON. */
  readonly notJson?: readonly number[] | undefined;
}
