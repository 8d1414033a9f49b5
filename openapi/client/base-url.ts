// The base URL of a client.
import { describeValue } from '../model/check/check-options.ts';

/** A URL of http or https with a host, or a path; nothing that would end up in the middle of a longer URL. */
const BASE_URL = /^(https?:\/\/[^\s\\/?#@]+(?=\/|$)|(?=\/))(\/[^\s\\/?#]+)*\/?$/i;

/**
 * The base URL. A path is resolved against the URL of the page.
 *
 * @throws TypeError unless it is the URL of an API, or its path and there is a page
 */
export function resolveBaseUrl(baseUrl: unknown, pageUrl: string | undefined): string {
  const url = `${baseUrl ?? ''}`;
  try {
    const { href } = new URL(url, pageUrl);
    // openapi-fetch fills in parameters in braces, which `href` has encoded.
    if (BASE_URL.test(url)) return url.startsWith('/') ? href : url;
  } catch {
    // A relative URL outside a page throws, as any other invalid text does.
  }
  throw new TypeError(
    'The `baseUrl` option is required: a URL such as https://host/api, or in a web page a path such as /api, ' +
      // A URL with an `@` may contain a password, so the message does not quote it.
      `without credentials, query and fragment${url.includes('@') ? '' : `, but is ${describeValue(url)}`}.`,
  );
}

/** The URL that the platform resolves paths against; undefined in Node. */
export function currentPageUrl(): string | undefined {
  // Node's types declare neither. The base URL of a frame without a URL is that of its parent.
  const { document, location } = globalThis as { document?: { baseURI?: string }; location?: { href?: string } };
  return document?.baseURI ?? location?.href;
}
