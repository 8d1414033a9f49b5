// Gives browsers a new connection for each request. When a reused connection is reset, Chromium silently resends the
// request (HttpNetworkTransaction::ShouldResendRequest): a page would not see the network failure of a scenario, and
// after a reset of the mock the resent request would consume a directive that belongs to the next test.
import type { Express } from 'express';
import type { ListenedApp } from '../server/http/listen.ts';

/**
 * Wraps the app so that its responses to browsers, preflights included, have `Connection: close`. Node's `fetch` is
 * excluded, although it sends `Sec-Fetch-Mode`: it may throw an uncaught error when a connection closes before a long
 * body has been read.
 */
export function closeForBrowsers(app: Express): ListenedApp {
  const handle: ListenedApp = (request, response) => {
    const { origin, 'sec-fetch-site': site } = request.headers;
    if (origin !== undefined || site !== undefined) response.shouldKeepAlive = false;
    app(request, response);
  };
  return Object.assign(handle, { request: app.request, response: app.response, get: app.get.bind(app) });
}
