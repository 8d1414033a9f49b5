// Gives browsers a new connection for each request. When a connection is reset that had a response before, Chromium
// sends the request again without a word (its HttpNetworkTransaction::ShouldResendRequest): a page would not see the
// network failure of a scenario, and after a reset the request of the test before would take what belongs to the next.
import type { Express } from 'express';
import type { ListenedApp } from '../server/http/listen.ts';

/**
 * The app with `Connection: close` in its responses to browsers, preflights included. Node's `fetch` is none, though it
 * sends `Sec-Fetch-Mode`; it may even throw an uncaught error when a connection ends before a long body is read.
 */
export function closeForBrowsers(app: Express): ListenedApp {
  const handle: ListenedApp = (request, response) => {
    const { origin, 'sec-fetch-site': site } = request.headers;
    if (origin !== undefined || site !== undefined) response.shouldKeepAlive = false;
    app(request, response);
  };
  return Object.assign(handle, { request: app.request, response: app.response, get: app.get.bind(app) });
}
