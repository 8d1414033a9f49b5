// The try-it panel in the browser: sends one request and shows the answer. Keeps nothing: what is typed here is gone with the page.
import type { PanelData } from '../panel.ts';

/** @throws Error when the page lacks the element, which its HTML has */
function element<T extends Element>(id: string, type: new () => T): T {
  const found = document.getElementById(`try-it${id && `-${id}`}`);
  if (!(found instanceof type)) throw new Error(`The page has no ${type.name} try-it-${id}.`);
  return found;
}

const panel = element('', HTMLDialogElement);
const open = element('open', HTMLButtonElement);
const server = element('server', HTMLSelectElement);
const example = element('example', HTMLSelectElement);
const body = element('body', HTMLTextAreaElement);
const send = element('send', HTMLButtonElement);
const data: PanelData = JSON.parse(element('data', HTMLScriptElement).text);

function fill(): void {
  const here = new URL(data.basePath.replace(/^\//, ''), document.baseURI.replace(/[?#].*$/, '')).href;
  server.append(new Option(`This host: ${here}`, here));
  for (const { url, description } of data.servers)
    if (url !== here) server.append(new Option(`${description}: ${url}`, url));
  data.examples.forEach(({ summary }, index) => {
    example.append(new Option(summary, String(index)));
  });
  showExample();
}

function showExample(): void {
  body.value = JSON.stringify(data.examples[Number(example.value)]?.value, null, 2);
}

/** Servers of this package speak plain HTTP to the same machine. */
function warnOfVendor(): void {
  const isOther = new URL(server.value).origin !== location.origin;
  element('warning', HTMLElement).hidden = !(isOther && server.value.startsWith('https:'));
}

function credentials(): string {
  const pair = `${element('client', HTMLInputElement).value}:${element('secret', HTMLInputElement).value}`;
  // `btoa` takes bytes; RFC 7617 with charset="UTF-8" wants those of UTF-8.
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(pair)))}`;
}

async function sendRequest(): Promise<void> {
  send.disabled = true;
  const startedMs = performance.now();
  try {
    const response = await fetch(`${server.value}${data.path}`, {
      method: data.method,
      headers: { Authorization: credentials(), 'Content-Type': data.mediaType },
      body: body.value,
      credentials: 'omit',
      cache: 'no-store',
    });
    const text = await response.text();
    const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    show(`${response.status} ${response.statusText}`, pretty(text), headers, response.ok, startedMs);
  } catch (error) {
    const reason = `${server.value} did not answer, or does not let this page call it (CORS). ${String(error)}`;
    show('No answer', reason, '', false, startedMs);
  } finally {
    send.disabled = false;
  }
}

function show(status: string, text: string, headers: string, good: boolean, startedMs: number): void {
  const answer = element('answer', HTMLElement);
  element('status', HTMLElement).textContent = status;
  element('time', HTMLElement).textContent = `${Math.round(performance.now() - startedMs)} ms`;
  element('answer-body', HTMLElement).textContent = text;
  element('headers', HTMLElement).textContent = headers;
  answer.dataset.good = String(good);
  answer.hidden = false;
  answer.scrollIntoView({ block: 'nearest' });
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
  if (event.target === panel) panel.close(); // Beside the panel.
});
example.addEventListener('change', showExample);
server.addEventListener('change', warnOfVendor);
element('form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  void sendRequest();
});
