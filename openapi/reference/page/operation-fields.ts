// The fields of the try-it panel that depend on the selected operation, and the request made from them.
import { serializePath, serializeQuery } from '../../model/serialize-parameters.ts';
import type { PanelOperation, PanelParameter } from '../build/try-it-panel.ts';
import { element } from './element.ts';
import { data } from './panel-data.ts';

export const panel = element('', HTMLDialogElement);
export const operation = element('operation', HTMLSelectElement);
export const example = element('example', HTMLSelectElement);
export const body = element('body', HTMLTextAreaElement);

/** @throws Error when the contract has no operation */
export function selectedOperation(): PanelOperation {
  const found = data.operations[Number(operation.value)];
  if (!found) throw new Error('The contract has no operation.');
  return found;
}

export function showOperation(): void {
  const { method, path, parameters, body: content } = selectedOperation();
  element('method', HTMLElement).textContent = method;
  element('path', HTMLElement).textContent = path;
  const [required, optional] = [element('required', HTMLElement), element('optional', HTMLElement)];
  const isSent = (each: PanelParameter) => each.required || each.value !== undefined;
  required.replaceChildren(...parameters.filter(isSent).map(parameterField));
  optional.replaceChildren(...parameters.filter((each) => !isSent(each)).map(parameterField));
  // The parent is the `<details>` around the fields.
  if (optional.parentElement) optional.parentElement.hidden = optional.childElementCount === 0;
  element('content', HTMLElement).hidden = content === undefined;
  example.replaceChildren(...(content?.examples ?? []).map(({ summary }, index) => new Option(summary, String(index))));
  showExample();
  element('response', HTMLElement).hidden = true;
}

export function showExample(): void {
  body.value = JSON.stringify(selectedOperation().body?.examples[Number(example.value)]?.value ?? null, null, 2);
}

/** A required parameter starts with its example as value, an optional one has it as placeholder, or its own value. */
function parameterField({ name, in: location, required, example: text, value }: PanelParameter): HTMLElement {
  const [label, input] = [document.createElement('label'), document.createElement('input')];
  Object.assign(input, { required, placeholder: text, value: value ?? (required ? text : ''), spellcheck: false });
  input.autocapitalize = 'none';
  input.autocomplete = 'off';
  input.dataset.parameter = name;
  input.dataset.in = location;
  if (location === 'header') Object.assign(input, { pattern: '[\\x21-\\x7e]*', title: 'Visible ASCII characters' });
  label.append(name, input);
  return label;
}

/** The parameters with a value in this part of the request. */
export function valuesIn(location: PanelParameter['in']): [name: string, value: string][] {
  return [...panel.querySelectorAll<HTMLInputElement>(`[data-in="${location}"]`)]
    .filter(({ value }) => value !== '')
    .map(({ dataset, value }) => [dataset.parameter ?? '', value]);
}

/** The path with its parameters replaced, and the query. */
export function requestTarget(): string {
  const { path, parameters } = selectedOperation();
  const lists = new Map(parameters.map(({ name, list }) => [name, list]));
  const commaSeparated = parameters.filter(({ list }) => list === 'commas').map(({ name }) => name);
  const values = valuesIn('query').map(([name, value]) => [name, lists.get(name) ? value.split(',') : value]);
  const query = serializeQuery(Object.fromEntries(values), commaSeparated);
  const target = serializePath(path, Object.fromEntries(valuesIn('path')));
  return query === '' ? target : `${target}?${query}`;
}

/** The note on a request without a response, which may have taken effect; empty for a safe method. */
export function unknownOutcome(): string {
  const { method, parameters } = selectedOperation();
  if (method === 'GET' || method === 'HEAD') return '';
  const key = parameters.some(({ name }) => name === 'Idempotency-Key');
  return `The request may have taken effect${key ? '. Send it again with the same Idempotency-Key' : ''}.`;
}
