// The try-it panel in the browser: sends one request and shows the answer. Keeps nothing: what is typed here is gone with the page.
import type { PanelData, PanelOperation, PanelParameter } from '../panel.ts';

/** The longest that a reader is left without a word. */
const TIME_OUT_MS = 30_000;

/** @throws Error when the page lacks the element, which its HTML has */
function element<T extends Element>(id: string, type: new () => T): T {
  const found = document.getElementById(`try-it${id && `-${id}`}`);
  if (!(found instanceof type)) throw new Error(`The page has no ${type.name} try-it-${id}.`);
  return found;
}

const panel = element('', HTMLDialogElement);
const open = element('open', HTMLButtonElement);
const server = element('server', HTMLSelectElement);
const operation = element('operation', HTMLSelectElement);
const example = element('example', HTMLSelectElement);
const body = element('body', HTMLTextAreaElement);
const send = element('send', HTMLButtonElement);
const cancel = element('cancel', HTMLButtonElement);
const data: PanelData = JSON.parse(element('data', HTMLScriptElement).text);

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

/** @throws Error when the page offers none, which its contract has */
function chosen(): PanelOperation {
  const found = data.operations[Number(operation.value)];
  if (!found) throw new Error('The page has no operation to try.');
  return found;
}

function showOperation(): void {
  const { method, path, parameters, body: content } = chosen();
  element('method', HTMLElement).textContent = method;
  element('path', HTMLElement).textContent = path;
  const [required, optional] = [element('required', HTMLElement), element('optional', HTMLElement)];
  required.replaceChildren(...parameters.filter((each) => each.required).map(parameterField));
  optional.replaceChildren(...parameters.filter((each) => !each.required).map(parameterField));
  // The fields with what opens them.
  if (optional.parentElement) optional.parentElement.hidden = optional.childElementCount === 0;
  element('content', HTMLElement).hidden = content === undefined;
  example.replaceChildren(...(content?.examples ?? []).map(({ summary }, index) => new Option(summary, String(index))));
  showExample();
  element('answer', HTMLElement).hidden = true;
}

function showExample(): void {
  body.value = JSON.stringify(chosen().body?.examples[Number(example.value)]?.value ?? null, null, 2);
}

/** What has to be there begins with its example; what may be left out only shows it. */
function parameterField({ name, in: place, required, example: shown }: PanelParameter): HTMLElement {
  const [label, input] = [document.createElement('label'), document.createElement('input')];
  Object.assign(input, { required, placeholder: shown, value: required ? shown : '', spellcheck: false });
  input.autocapitalize = 'none';
  input.autocomplete = 'off';
  input.dataset.parameter = name;
  input.dataset.in = place;
  if (place === 'header') Object.assign(input, { pattern: '[\\x21-\\x7e]*', title: 'Visible ASCII characters' });
  label.append(name, input);
  return label;
}

/** What is filled in for this part of the request. */
function valuesIn(place: PanelParameter['in']): [name: string, value: string][] {
  return [...panel.querySelectorAll<HTMLInputElement>(`[data-in="${place}"]`)]
    .filter(({ value }) => value !== '')
    .map(({ dataset, value }) => [dataset.parameter ?? '', value]);
}

/** Path and query with what is filled in. */
function target(): string {
  const values = new Map(valuesIn('path'));
  const path = chosen().path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values.get(name) ?? ''));
  const query = new URLSearchParams(valuesIn('query')).toString();
  return query === '' ? path : `${path}?${query}`;
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

/** Nobody knows what has become of a request without an answer; one that only reads can be repeated without a thought. */
function maybeDone(): string {
  const { method, parameters } = chosen();
  if (method === 'GET' || method === 'HEAD') return '';
  const key = parameters.some(({ name }) => name === 'Idempotency-Key');
  return `The request may or may not have been carried out${key ? ': repeat with the same Idempotency-Key to be sure' : ''}.`;
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
