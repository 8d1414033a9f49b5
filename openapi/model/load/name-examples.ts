// Brings the examples of a contract into one form: by name for bodies, one by value for parameters and headers.
import {
  type Contract,
  type Example,
  type Header,
  type MediaType,
  type Parameter,
  type Response,
  resolve,
} from '../contract.ts';
import { exampleOf } from '../examples/example-value.ts';
import { errorTypesIn } from '../operation-tables.ts';

/** Where one value is needed, such as in a sample, it is the value of the first example. */
export function completeParameter(contract: Contract, parameter: Parameter): void {
  nameFirstExample(contract, parameter);
  parameter.example ??= exampleOf(contract, parameter.schema);
}

export function nameFirstExample(contract: Contract, parameter: Parameter | Header): void {
  if (parameter.example !== undefined) return;
  const [first] = Object.values(parameter.examples ?? {}).map((each) => resolve<Example>(contract, each));
  if (!first) return;
  // The specification does not allow both.
  delete parameter.examples;
  parameter.example = first.value;
}

/** `example` becomes one of `examples`; references among those are replaced by their targets. */
export function nameExamples(contract: Contract, media: MediaType): void {
  if (media.examples) {
    for (const [name, example] of Object.entries(media.examples)) media.examples[name] = resolve(contract, example);
    return;
  }
  if (!('example' in media)) return;
  media.examples = { example: { value: media.example } };
  delete media.example;
}

/**
 * Gives each error type an example of its name. A type that only the schema declares gets the response's description.
 */
export function addErrorExamples(contract: Contract, { description }: Response, media: MediaType): void {
  const missing = errorTypesIn(contract, media.schema).filter((type) => !(type in (media.examples ?? {})));
  const [message = ''] = description.trim().split('\n');
  for (const type of missing)
    media.examples = { ...media.examples, [type]: { summary: message, value: { error: { type, message } } } };
}
