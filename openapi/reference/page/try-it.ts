// The try-it panel in the browser: sends one request and shows the answer. Keeps nothing: what is typed here is gone with the page.
import { element } from './element.ts';
import {
  body,
  chosen,
  data,
  example,
  maybeDone,
  operation,
  panel,
  showExample,
  showOperation,
  target,
  valuesIn,
} from './operation-fields.ts';

/** The longest that a reader is left without a word. */
const TIME_OUT_MS = 30_000;

const open = element('open', HTMLButtonElement);
const server = element('server', HTMLSelectElement);
const send = element('send', HTMLButtonElement);
const cancel = element('cancel', HTMLButtonElement);

function fill(): void {
  const here = new URL(data.basePath.replace(/^\//, ''), document.baseURI.replace(/[?#].*$/, '')).href;
  server.append(new Option(`This host: ${here}`, here));
  for (const { url, description } of data.servers)
    if (url !== here) server.append(new Option(`${description}: ${url}`, url));
  data.operations.forEach(({ summary }, index) => {
    operation.append(new Option(summary, String(index)));
  });
  showOperation();
}

/** Servers of this package speak plain HTTP to the same machine. */
function warnOfVendor(): void {
  const isOther = new URL(server.value).origin !== location.origin;
  element('warning', HTMLElement).hidden = !(isOther && server.value.startsWith('https:'));
}

function requestHeaders(): Headers {
  const headers = new Headers([['Authorization', credentials()], ...valuesIn('header')]);
  const { body: content } = chosen();
  if (content) headers.set('Content-Type', content.mediaType);
  return headers;
}

function credentials(): string {
  const pair = `${element('client', HTMLInputElement).value}:${element('secret', HTMLInputElement).value}`;
  // `btoa` takes bytes; RFC 7617 with charset="UTF-8" wants those of UTF-8.
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(pair)))}`;
}

/** What is to be shown. */
interface Answer {
  status: string;
  good?: boolean;
  /** A sentence that says what it means, and what to do. */
  advice?: string;
  body?: string;
  headers?: string;
}

async function sendRequest(): Promise<void> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort('time-out'), TIME_OUT_MS);
  cancel.onclick = () => abort.abort('cancelled');
  [send.disabled, cancel.hidden] = [true, false];
  const startedMs = performance.now();
  const answer = await fetchAnswer(server.value, abort.signal).catch((error: unknown) => explain(error, abort.signal));
  clearTimeout(timer);
  show(answer, Math.round(performance.now() - startedMs));
  [send.disabled, cancel.hidden] = [false, true];
}

async function fetchAnswer(baseUrl: string, signal: AbortSignal): Promise<Answer> {
  const { method, body: content } = chosen();
  const response = await fetch(`${baseUrl}${target()}`, {
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
    good: response.ok,
    advice: response.ok ? '' : adviceOn(text, response.headers.get('Retry-After')),
    body: pretty(text),
    headers: [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n'),
  };
}

/** What the error table of this page says of the error, when it is one of this API. */
function adviceOn(text: string, retryAfter: string | null): string {
  const [, type = ''] = /"type":\s*"(\w+)"/.exec(text) ?? [];
  const known = data.errors[type];
  if (!known) return 'This is not an answer of this API: something else answers at this base URL.';
  const seconds = retryAfter ? ` (Retry-After: ${retryAfter})` : '';
  return `${known.cause} ${known.remedy}${seconds}`;
}

/** A browser tells a page only that it failed: whether anything answers at all is found out by a request whose answer nobody may read. */
async function explain(error: unknown, signal: AbortSignal): Promise<Answer> {
  const { origin, href } = new URL(server.value);
  if (signal.reason === 'cancelled') return { status: 'Cancelled', advice: maybeDone() };
  if (signal.reason === 'time-out')
    return {
      status: 'Time-out',
      advice: `${href} did not answer within ${TIME_OUT_MS / 1000} seconds. ${maybeDone()}`.trim(),
    };
  if (origin !== location.origin && (await isThere(origin)))
    return {
      status: 'Refused by CORS',
      advice: `${origin} answers, but does not let a page from ${location.origin} read it. The server of this package does when it is started with CORS_ORIGINS=${location.origin}; the mock always does.`,
    };
  return {
    status: 'No answer',
    advice: `Nothing answers at ${href}. Is it started, and can this machine reach it?`,
    body: String(error),
  };
}

async function isThere(origin: string): Promise<boolean> {
  const answers = fetch(origin, { mode: 'no-cors', credentials: 'omit', signal: AbortSignal.timeout(5_000) });
  return answers.then(
    () => true,
    () => false,
  );
}

function show({ status, good = false, advice = '', body: text = '', headers = '' }: Answer, elapsedMs: number): void {
  const answer = element('answer', HTMLElement);
  answer.hidden = false;
  answer.dataset.good = String(good);
  element('status', HTMLElement).textContent = status;
  element('time', HTMLElement).textContent = `${elapsedMs} ms`;
  for (const [id, content] of Object.entries({ advice, 'answer-body': text, headers })) {
    const place = element(id, HTMLElement);
    place.textContent = content;
    place.hidden = content === '';
  }
  element('more', HTMLElement).hidden = headers === '';
  answer.scrollIntoView({ block: 'start' });
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text; // Not JSON: shown as it came.
  }
}

fill();
open.hidden = false;
open.addEventListener('click', () => panel.showModal());
element('close', HTMLButtonElement).addEventListener('click', () => panel.close());
panel.addEventListener('click', (event) => {
  // Beside the panel: its own padding is it, too.
  if (event.target === panel && event.clientX < panel.getBoundingClientRect().left) panel.close();
});
operation.addEventListener('change', showOperation);
example.addEventListener('change', showExample);
server.addEventListener('change', warnOfVendor);
element('form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  void sendRequest();
});
