// The base URL of a client.
import { describeValue } from '../model/check/check-options.ts';

/** A URL of http or https with a host, or a path; nothing that would end up in the middle of a longer URL. */
const BASE_URL = /^(https?:\/\/[^\s\\/?#@]+(?=\/|$)|(?=\/))(\/[^\s\\/?#]+)*\/?$/i;

/** @throws TypeError unless it is the URL of an API, or in browsers its path */
export function readBaseUrl(baseUrl: unknown): string {
  const url = String(baseUrl ?? '');
  if (BASE_URL.test(url) && (url.startsWith('/') || URL.canParse(url))) return url;
  throw new TypeError(
    'The `baseUrl` option is required: a URL such as https://host/api, or a path such as /api, ' +
      // It may have a password.
      `without credentials, query and fragment${url.includes('@') ? '' : `, but is ${describeValue(url)}`}.`,
  );
}
