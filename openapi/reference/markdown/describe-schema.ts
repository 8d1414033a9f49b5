// Describes a schema as a nested list in Markdown.
import { type Contract, type Reference, resolve, type Schema } from '../../model/contract.ts';

/** Keywords that follow the type, in this order. */
const CONSTRAINTS: Record<string, (value: unknown) => string> = {
  const: (value) => `always ${code(value)}`,
  enum: (value) => `one of ${(Array.isArray(value) ? value : []).map(code).join(', ')}`,
  pattern: (value) => `matches ${codeText(String(value))}`,
  minimum: (value) => `at least ${value}`,
  exclusiveMinimum: (value) => `more than ${value}`,
  maximum: (value) => `at most ${value}`,
  exclusiveMaximum: (value) => `less than ${value}`,
  multipleOf: (value) => `a multiple of ${value}`,
  uniqueItems: (value) => (value === true ? 'each item once' : ''),
  additionalProperties: (value) => (value === false ? 'no other properties' : ''),
  default: (value) => `default ${code(value)}`,
  readOnly: (value) => (value === true ? 'in responses only' : ''),
  writeOnly: (value) => (value === true ? 'in requests only' : ''),
  deprecated: (value) => (value === true ? 'deprecated' : ''),
};

/** The type and the constraints of a schema: `string (uuid), at most 36 characters`. */
export function describeType(contract: Contract, node: Schema): string {
  const schema = follow(contract, node);
  const type = [schema.type ?? []].flat().join(' or ') || 'any value';
  const format = schema.format === undefined ? '' : ` (${schema.format})`;
  const constraints = Object.entries(CONSTRAINTS).flatMap(([keyword, write]) => {
    const text = keyword in schema ? write(schema[keyword]) : '';
    return text === '' ? [] : [text];
  });
  const sizes = [
    describeSize(schema.minLength, schema.maxLength, 'characters'),
    describeSize(schema.minItems, schema.maxItems, 'items'),
    describeSize(schema.minProperties, schema.maxProperties, 'properties'),
  ].filter((text) => text !== '');
  return [type + format, ...sizes, ...constraints].join(', ');
}

function describeSize(least: unknown, most: unknown, unit: string): string {
  if (least === undefined && most === undefined) return '';
  if (least === most) return `${most} ${unit}`;
  return most === undefined ? `${least} or more ${unit}` : `${least ?? 0} to ${most} ${unit}`;
}

/** The parts of a schema, one on each line, each followed by its own parts; empty for a schema without parts. */
export function listParts(contract: Contract, node: Schema, indent = '', seen: readonly string[] = []): string[] {
  const schema = follow(contract, node);
  const names = [...seen, ...(node.$ref === undefined ? [] : [node.$ref])];
  const required = Array.isArray(schema.required) ? schema.required : [];
  const line = (name: string, part: Schema, isRequired: boolean): string[] => {
    const { description = '' } = follow(contract, part);
    const type = `${describeType(contract, part)}${isRequired ? ', required' : ''}`;
    const text = `${indent}- ${name}: ${type}. ${oneLine(String(description))}`.trimEnd();
    // A schema that contains itself is described once.
    if (part.$ref !== undefined && names.includes(part.$ref)) return [`${text} As above.`];
    return [text, ...listParts(contract, part, `${indent}  `, names)];
  };
  const choices = ['oneOf', 'anyOf', 'allOf'].flatMap((keyword) => {
    const list = schema[keyword];
    return Array.isArray(list) ? list.flatMap((each: Schema) => line(CHOICES[keyword] ?? keyword, each, false)) : [];
  });
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, part]) =>
      line(codeText(name), part, required.includes(name)),
    ),
    ...(schema.items ? line('Each item', schema.items, false) : []),
    ...choices,
    ...(schema.if && schema.then ? [...line('When', schema.if, false), ...line('Then', schema.then, false)] : []),
  ];
}

const CHOICES: Record<string, string> = { oneOf: 'Either', anyOf: 'Any of', allOf: 'Also' };

/** The schema that a reference leads to, with what stands beside the reference. */
function follow(contract: Contract, node: Schema): Schema {
  const { $ref, ...own } = node;
  if ($ref === undefined) return node;
  const reference: Reference = { $ref };
  return { ...follow(contract, resolve<Schema>(contract, reference)), ...own };
}

/** Joins paragraphs to one line, for a list or a table. */
export function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}

const code = (value: unknown) => codeText(typeof value === 'string' ? value : JSON.stringify(value));

/** A code span. Its fence has more backticks than any run in the text. */
export function codeText(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const ticks = '`'.repeat(longest + 1);
  const space = text.startsWith('`') || text.endsWith('`') || text === '' ? ' ' : '';
  return `${ticks}${space}${text}${space}${ticks}`;
}
