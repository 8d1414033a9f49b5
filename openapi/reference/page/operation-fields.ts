// The part of the try-it panel that follows the chosen operation: its parameters, its body, and the request line that comes of them.
import type { PanelData, PanelOperation, PanelParameter } from '../build/try-it-panel.ts';
import { element } from './element.ts';

export const panel = element('', HTMLDialogElement);
export const operation = element('operation', HTMLSelectElement);
export const example = element('example', HTMLSelectElement);
export const body = element('body', HTMLTextAreaElement);
export const data: PanelData = JSON.parse(element('data', HTMLScriptElement).text);

/** @throws Error when the page offers none, which its contract has */
export function chosen(): PanelOperation {
  const found = data.operations[Number(operation.value)];
  if (!found) throw new Error('The page has no operation to try.');
  return found;
}

export function showOperation(): void {
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

export function showExample(): void {
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
export function valuesIn(place: PanelParameter['in']): [name: string, value: string][] {
  return [...panel.querySelectorAll<HTMLInputElement>(`[data-in="${place}"]`)]
    .filter(({ value }) => value !== '')
    .map(({ dataset, value }) => [dataset.parameter ?? '', value]);
}

/** Path and query with what is filled in. */
export function target(): string {
  const values = new Map(valuesIn('path'));
  const path = chosen().path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values.get(name) ?? ''));
  const query = new URLSearchParams(valuesIn('query')).toString();
  return query === '' ? path : `${path}?${query}`;
}

/** Nobody knows what has become of a request without an answer; one that only reads can be repeated without a thought. */
export function maybeDone(): string {
  const { method, parameters } = chosen();
  if (method === 'GET' || method === 'HEAD') return '';
  const key = parameters.some(({ name }) => name === 'Idempotency-Key');
  return `The request may or may not have been carried out${key ? ': repeat with the same Idempotency-Key to be sure' : ''}.`;
}
