// The base URL of a client.
import { describeValue } from '../model/check/check-options.ts';

/** A URL of http or https with a host, or a path; nothing that would end up in the middle of a longer URL. */
const BASE_URL = /^(https?:\/\/[^\s\\/?#@]+(?=\/|$)|(?=\/))(\/[^\s\\/?#]+)*\/?$/i;

/**
 * The base URL; a path as the page has it.
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
    // As for any other text.
  }
  throw new TypeError(
    'The `baseUrl` option is required: a URL such as https://host/api, or in a web page a path such as /api, ' +
      // It may have a password.
      `without credentials, query and fragment${url.includes('@') ? '' : `, but is ${describeValue(url)}`}.`,
  );
}

/** What the platform resolves paths against. Undefined in Node. */
export function currentPageUrl(): string | undefined {
  // Node's types have neither. The base URL of a frame without a URL is that of its parent.
  const { document, location } = globalThis as { document?: { baseURI?: string }; location?: { href?: string } };
  return document?.baseURI ?? location?.href;
}
