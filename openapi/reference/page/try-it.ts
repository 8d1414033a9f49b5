// The try-it panel in the browser: sends a request and shows the response. It stores nothing.
import { element } from './element.ts';
import {
  body,
  example,
  operation,
  panel,
  requestTarget,
  selectedOperation,
  showExample,
  showOperation,
  unknownOutcome,
  valuesIn,
} from './operation-fields.ts';
import { data, baseUrlOfPage as here } from './panel-data.ts';

const TIMEOUT_MS = 30_000;

const open = element('open', HTMLButtonElement);
const server = element('server', HTMLSelectElement);
const send = element('send', HTMLButtonElement);
const cancel = element('cancel', HTMLButtonElement);

function fill(): void {
  server.append(new Option(`This host: ${here}`, here));
  for (const { url, description } of data.servers)
    if (url !== here) server.append(new Option(`${description}: ${url}`, url));
  data.operations.forEach(({ summary }, index) => {
    operation.append(new Option(summary, String(index)));
  });
  showOperation();
}

/** The servers of this package use plain HTTP on this machine. */
function warnOfVendor(): void {
  const isOther = new URL(server.value).origin !== location.origin;
  element('warning', HTMLElement).hidden = !(isOther && server.value.startsWith('https:'));
}

function requestHeaders(): Headers {
  const { body: content, authenticated } = selectedOperation();
  const headers = new Headers(valuesIn('header'));
  if (authenticated) headers.set('Authorization', credentials());
  if (content) headers.set('Content-Type', content.mediaType);
  return headers;
}

function credentials(): string {
  const pair = `${element('client', HTMLInputElement).value}:${element('secret', HTMLInputElement).value}`;
  // RFC 7617, section 2.1: the bytes of UTF-8, one character each, which is what `btoa` encodes.
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(pair)))}`;
}

/** The text that the panel shows for a response, or for its absence. */
interface Outcome {
  status: string;
  ok?: boolean;
  /** The cause of the error, and what to do. */
  advice?: string;
  body?: string;
  headers?: string;
}

async function sendRequest(): Promise<void> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort('timeout'), TIMEOUT_MS);
  cancel.onclick = () => abort.abort('cancelled');
  [send.disabled, cancel.hidden] = [true, false];
  const startedMs = performance.now();
  const outcome = await fetchOutcome(server.value, abort.signal).catch((error: unknown) =>
    explainFailure(error, abort.signal),
  );
  clearTimeout(timer);
  show(outcome, Math.round(performance.now() - startedMs));
  [send.disabled, cancel.hidden] = [false, true];
}

async function fetchOutcome(baseUrl: string, signal: AbortSignal): Promise<Outcome> {
  const { method, body: content } = selectedOperation();
  const response = await fetch(`${baseUrl}${requestTarget()}`, {
    method,
    headers: requestHeaders(),
    ...(content && { body: body.value }),
    credentials: 'omit',
    cache: 'no-store',
    signal,
  });
  const text = await response.text();
  return {
    status: `${response.status} ${response.statusText}`.trim(),
    ok: response.ok,
    advice: response.ok ? '' : adviceOn(text, response.headers.get('Retry-After')),
    body: pretty(text),
    headers: [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n'),
  };
}

/** The row of the error table for the type of this error. */
function adviceOn(text: string, retryAfter: string | null): string {
  const [, type = ''] = /"type":\s*"(\w+)"/.exec(text) ?? [];
  const known = data.errors[type];
  if (!known) return 'This is not a response of this API. Another service is at this base URL.';
  const seconds = retryAfter ? ` (Retry-After: ${retryAfter})` : '';
  return `${known.cause} ${known.remedy}${seconds}`;
}

/** A page only learns that `fetch` failed. A second request in `no-cors` mode shows whether the server is reachable. */
async function explainFailure(error: unknown, signal: AbortSignal): Promise<Outcome> {
  const { origin, href } = new URL(server.value);
  if (signal.reason === 'cancelled') return { status: 'Cancelled', advice: unknownOutcome() };
  if (signal.reason === 'timeout')
    return {
      status: 'Timeout',
      advice: `${href} did not respond within ${TIMEOUT_MS / 1000} seconds. ${unknownOutcome()}`.trim(),
    };
  if (origin !== location.origin && (await isReachable(origin)))
    return {
      status: 'Blocked by CORS',
      advice:
        `${origin} does not allow pages from ${location.origin} to read its responses. The server of this package ` +
        `allows them when it is started with CORS_ORIGINS=${location.origin}; the mock always does.`,
    };
  return {
    status: 'No response',
    advice: `${href} is not reachable. Check that the server is running, and that this machine can reach it.`,
    body: String(error),
  };
}

async function isReachable(origin: string): Promise<boolean> {
  const response = fetch(origin, { mode: 'no-cors', credentials: 'omit', signal: AbortSignal.timeout(5_000) });
  return response.then(
    () => true,
    () => false,
  );
}

function show({ status, ok = false, advice = '', body: text = '', headers = '' }: Outcome, elapsedMs: number): void {
  const response = element('response', HTMLElement);
  response.hidden = false;
  response.dataset.ok = String(ok);
  element('status', HTMLElement).textContent = status;
  element('time', HTMLElement).textContent = `${elapsedMs} ms`;
  for (const [id, content] of Object.entries({ advice, 'response-body': text, headers })) {
    const shown = element(id, HTMLElement);
    shown.textContent = content;
    shown.hidden = content === '';
  }
  element('more', HTMLElement).hidden = headers === '';
  response.scrollIntoView({ block: 'start' });
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text; // The text is not JSON.
  }
}

fill();
open.hidden = false;
open.addEventListener('click', () => panel.showModal());
element('close', HTMLButtonElement).addEventListener('click', () => panel.close());
panel.addEventListener('click', (event) => {
  // Closes on a click on the backdrop. A click on the padding of the panel has the same target.
  if (event.target === panel && event.clientX < panel.getBoundingClientRect().left) panel.close();
});
operation.addEventListener('change', showOperation);
example.addEventListener('change', showExample);
server.addEventListener('change', warnOfVendor);
element('form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  void sendRequest();
});
