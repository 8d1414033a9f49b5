// Tells every fault of a refused request: where it is, and what would be right. The guard has given the verdict already; this only explains it.
import type { ErrorObject } from 'ajv/dist/2020.js';
import {
  type Contract,
  type OperationEntry,
  type Parameter,
  type RequestBody,
  resolve,
  type Schema,
} from '../../openapi/model/contract.ts';
import type { Violation } from './errors.ts';
import { createCompiler } from './schemas.ts';
import { type CutDown, createCutDown, DETAILS_LIMIT } from './truncate.ts';

/** The parts of a request that the contract speaks of. */
export interface RequestParts {
  path: Record<string, unknown>;
  query: Record<string, unknown>;
  /** By lower-case name, as Node gives them. */
  header: Record<string, unknown>;
  body: unknown;
}

export interface Explanation {
  /** At most one for each place, and at most as many as the contract lets an answer tell. */
  violations: Violation[];
  /** There are more. */
  more: boolean;
}

export type Explain = (parts: RequestParts) => Explanation;

/** Compiles the explanation of one operation. */
export function createExplain(contract: Contract, { operation, parameters }: OperationEntry): Explain {
  const body = operation.requestBody && resolve<RequestBody>(contract, operation.requestBody);
  const compile = createCompiler(contract, { allErrors: true, verbose: true });
  // Parameters come as text, so "5" is a number where the contract wants one.
  const compileParameters = createCompiler(contract, { allErrors: true, verbose: true, coerceTypes: true });
  const checkBody =
    body &&
    compile({
      properties: { body: Object.values(body.content)[0]?.schema ?? {} },
      required: body.required ? ['body'] : [],
    });
  const checkParameters = compileParameters({
    properties: {
      path: describeParameters(parameters, 'path'),
      query: { ...describeParameters(parameters, 'query'), additionalProperties: false },
      header: describeParameters(parameters, 'header'),
    },
  });
  const headerNames = new Map(
    parameters.filter((each) => each.in === 'header').map(({ name }) => [name.toLowerCase(), name]),
  );

  const cutDown = createCutDown(contract);

  return ({ path, query, header, body: sent }) => {
    const { value, sizeOf } = cutDown(sent);
    checkParameters({ path: { ...path }, query: { ...query }, header: { ...header } });
    checkBody?.(value === undefined ? {} : { body: value });
    const errors = mergeByPlace([...(checkParameters.errors ?? []), ...(checkBody?.errors ?? [])]);
    return {
      violations: errors.slice(0, DETAILS_LIMIT).map((error) => toViolation(error, headerNames, sizeOf)),
      more: errors.length > DETAILS_LIMIT,
    };
  };
}

function describeParameters(parameters: Parameter[], place: Parameter['in']): Schema {
  const here = parameters.filter((each) => each.in === place);
  const key = (name: string) => (place === 'header' ? name.toLowerCase() : name);
  return {
    type: 'object',
    properties: Object.fromEntries(here.map(({ name, schema }) => [key(name), schema])),
    required: here.filter(({ required }) => required).map(({ name }) => key(name)),
  };
}

/** The keyword that says most comes first: a text that is no UUID also has the wrong length, but that helps nobody. */
const KEYWORDS = [
  'required',
  'additionalProperties',
  'type',
  'const',
  'enum',
  'format',
  'minLength',
  'maxLength',
  'pattern',
];
const rank = ({ keyword }: ErrorObject) => (KEYWORDS.includes(keyword) ? KEYWORDS.indexOf(keyword) : KEYWORDS.length);

function mergeByPlace(errors: ErrorObject[]): ErrorObject[] {
  const places = new Map<string, ErrorObject>();
  for (const error of errors) {
    const place = placeOf(error);
    const known = places.get(place);
    if (!known || rank(error) < rank(known)) places.set(place, error);
  }
  return [...places.values()];
}

/** The pointer of what is at fault. For a property that is missing, or should not be there, that is the property, not its object. */
function placeOf({ instancePath, params }: ErrorObject): string {
  const property: unknown = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty;
  return property === undefined
    ? instancePath
    : `${instancePath}/${String(property).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

const POINTER_LIMIT = 1000;

function toViolation(error: ErrorObject, headerNames: Map<string, string>, sizeOf: CutDown['sizeOf']): Violation {
  const [, part = 'body', rest = ''] = /^\/(\w+)(.*)$/s.exec(placeOf(error)) ?? [];
  const name = rest.slice(1);
  return {
    in: part as Violation['in'], // The schemas above have no other properties.
    pointer: shorten(part === 'header' ? `/${headerNames.get(name) ?? name}` : rest),
    message: clip(describe(error, part, sizeOf)),
  };
}

/** A property name may be as long as the body. What it stands in is a place as well. */
function shorten(pointer: string): string {
  return pointer.length <= POINTER_LIMIT ? pointer : shorten(pointer.slice(0, pointer.lastIndexOf('/')));
}

function describe(error: ErrorObject, part: string, sizeOf: CutDown['sizeOf']): string {
  const { keyword, params, parentSchema, data, message } = error;
  const items = Array.isArray(data) ? number(sizeOf(data)) : '';
  if (parentSchema?.format === 'uuid' && typeof data === 'string') return describeUuid(parentSchema);
  switch (keyword) {
    case 'required':
      return 'Required, but missing.';
    case 'additionalProperties':
      return `Unknown ${part === 'query' ? 'query parameter' : 'property'} ${quote(params.additionalProperty)}. ${listKnown(parentSchema)}`;
    case 'type':
      return `Must be ${withArticle(String(params.type))}, but is ${withArticle(typeOf(data))}.`;
    case 'enum':
      return `Must be one of: ${params.allowedValues.map(String).join(', ')}.`;
    case 'format':
      return `Must have the format ${params.format}.`;
    case 'pattern':
      return `Must match the regular expression ${params.pattern}`;
    case 'minLength':
      return `Must have at least ${count(params.limit, 'character')}, but has ${[...String(data)].length}.`;
    case 'maxLength':
      return `Must have at most ${count(params.limit, 'character')}, but has ${number([...String(data)].length)}.`;
    case 'minItems':
      return `Must have at least ${count(params.limit, 'item')}, but has ${items}.`;
    case 'maxItems':
      return `Must have at most ${count(params.limit, 'item')}, but has ${items}.`;
    default:
      return `It ${message ?? `breaks the rule ${keyword}`}.`;
  }
}

const number = (value: unknown) => Number(value).toLocaleString('en');
const count = (limit: unknown, unit: string) => `${number(limit)} ${unit}${limit === 1 ? '' : 's'}`;

function describeUuid(schema: ErrorObject['parentSchema']): string {
  const example: unknown = schema?.examples?.[0];
  return `Must be a UUID${typeof example === 'string' ? `, such as ${example}` : ''}.`;
}

function listKnown(schema: ErrorObject['parentSchema']): string {
  const known = Object.keys(schema?.properties ?? {});
  return known.length > 0 ? `Known here: ${known.join(', ')}.` : 'None is known here.';
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function withArticle(type: string): string {
  if (type === 'null') return type;
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}

/** Text that a client sent may be long, and may hold anything. */
function quote(text: unknown): string {
  const shown = String(text);
  return JSON.stringify(shown.length > 100 ? `${shown.slice(0, 100)}…` : shown);
}

function clip(message: string): string {
  return message.length > 2000 ? `${message.slice(0, 1999)}…` : message;
}
