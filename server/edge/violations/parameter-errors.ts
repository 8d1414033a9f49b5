// One schema for all parameters of an operation, and the locations of its errors.
import type { ErrorObject } from 'ajv/dist/2020.js';
import type { Parameter, Schema } from '../../../openapi/model/contract.ts';
import type { Violation } from '../errors.ts';
import { mergeByLocation } from './describe-violation.ts';
import type { ViolationList } from './violation-list.ts';

/** Returns the schema of path, query and headers. Header names are in lower case, as in Node. */
export function toParametersSchema(parameters: readonly Parameter[]): Schema {
  return {
    properties: {
      path: describeParameters(parameters, 'path'),
      query: { ...describeParameters(parameters, 'query'), additionalProperties: false },
      header: describeParameters(parameters, 'header'),
    },
  };
}

function describeParameters(parameters: readonly Parameter[], place: Parameter['in']): Schema {
  const here = parameters.filter((each) => each.in === place);
  const key = (name: string) => (place === 'header' ? name.toLowerCase() : name);
  return {
    type: 'object',
    properties: Object.fromEntries(here.map(({ name, schema }) => [key(name), schema])),
    required: here.filter(({ required }) => required).map(({ name }) => key(name)),
  };
}

/** Adds the errors of that schema, at most one for each location. `headerNames` are those of the contract. */
export function addParameterErrors(
  errors: readonly ErrorObject[],
  headerNames: readonly string[],
  list: ViolationList,
): void {
  for (const [location, error] of mergeByLocation(errors)) {
    const [, part = '', pointer = ''] = /^\/(\w+)(.*)$/s.exec(location) ?? [];
    const name = headerNames.find((each) => each.toLowerCase() === pointer.slice(1));
    // The schema above has only these properties.
    list.add(error, part as Violation['in'], part === 'header' && name !== undefined ? `/${name}` : pointer);
  }
}
