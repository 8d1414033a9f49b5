// Checks parameters and response headers, whose values are sent as text.
import { fieldOf, type Inspector, isInherited, type Place, textOf } from './inspector.ts';

const SCALARS = ['string', 'integer', 'number', 'boolean'];

/** A token of RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * Names that header parameters cannot have. OpenAPI ignores the first ones; the others belong to HTTP, or to another
 * part.
 */
const RESERVED_REQUEST_HEADERS = new Map([
  ['accept', 'Responses have one media type.'],
  ['content-type', 'Write it below `requestBody`.'],
  ['authorization', 'Write it below `security`.'],
  ['cookie', 'Write a header of another name.'],
  ['content-length', 'It is part of HTTP.'],
  ['content-encoding', 'The edge decodes bodies itself.'],
  ['transfer-encoding', 'It is part of HTTP.'],
  ['host', 'It is part of HTTP.'],
  ['connection', 'It is part of HTTP.'],
]);

const RESERVED_RESPONSE_HEADERS = new Map([
  ['content-type', 'Write it below `content`.'],
  ['set-cookie', 'Send it in the body, or in a header of another name.'],
  ['content-length', 'It is part of HTTP.'],
  ['transfer-encoding', 'It is part of HTTP.'],
  ['connection', 'It is part of HTTP.'],
  ['date', 'It is part of HTTP.'],
]);

export function checkParameter(inspector: Inspector, place: Place): void {
  const { node } = place;
  const [name, location] = [textOf(node, 'name'), textOf(node, 'in')];
  // Redocly reports what is missing.
  if (name === undefined || location === undefined) return;
  if (location === 'cookie') {
    inspector.reject(place, 'Parameters in cookies are not supported.', 'Write a parameter in a header.');
    return;
  }
  checkName(inspector, place, name, location);
  if (location === 'path' && fieldOf(node, 'required') !== true)
    inspector.reject(place, 'A parameter in the path is always there.', 'Write `required: true`.');
  if (fieldOf(node, 'content') !== undefined) {
    inspector.reject(child(place, 'content'), 'Parameters with `content` are not supported.', 'Write a `schema`.');
    return;
  }
  for (const field of ['allowReserved', 'allowEmptyValue'])
    if (fieldOf(node, field) === true)
      inspector.reject(child(place, field), `\`${field}\` is not supported.`, 'Remove it: values are percent-encoded.');
  const expected = location === 'query' ? 'form' : 'simple';
  const style = textOf(node, 'style') ?? expected;
  if (style !== expected) {
    const remedy =
      style === 'deepObject'
        ? 'Write a parameter for each property.'
        : `Write \`style: ${expected}\`, the default of a parameter in the ${location}.`;
    inspector.reject(child(place, 'style'), `The style \`${style}\` is not supported.`, remedy);
    return;
  }
  checkValue(inspector, place, location === 'query');
  checkExample(inspector, place);
}

/** Samples, panel, mock and preflight send an example, because no value can be guessed. */
function checkExample(inspector: Inspector, place: Place): void {
  const schema = inspector.at(place, 'schema');
  const has = (at: Place | undefined, ...keys: string[]) => keys.some((key) => fieldOf(at?.node, key) !== undefined);
  if (!schema || !has(schema, 'pattern')) return;
  if (has(place, 'example', 'examples') || has(schema, 'example', 'examples', 'default', 'const', 'enum')) return;
  inspector.reject(place, 'A parameter with a `pattern` needs an example.', 'Write `example`.');
}

function checkName(inspector: Inspector, place: Place, name: string, location: string): void {
  const reject = (reason: string, remedy: string) => inspector.reject(child(place, 'name'), reason, remedy);
  if (isInherited(name)) {
    reject(`A parameter cannot have the name \`${name}\` in JavaScript.`, 'Choose another name.');
    return;
  }
  if (location === 'query' && !/^[\w.~$@-]+$/.test(name))
    reject(
      `The name \`${name}\` of a query parameter is not supported.`,
      'Use letters, digits and `_ - . ~ $ @`; in brackets it would be a property of an object.',
    );
  if (location === 'path' && !/^[^{}/?#"\\]+$/.test(name))
    reject(`The name \`${name}\` of a path parameter is not supported.`, 'Use letters, digits, `_` and `-`.');
  if (location !== 'header') return;
  const reserved = RESERVED_REQUEST_HEADERS.get(name.toLowerCase());
  if (reserved !== undefined) reject(`\`${name}\` cannot be a parameter.`, reserved);
  else if (!TOKEN.test(name))
    reject(`\`${name}\` is no name of a header (RFC 9110, section 5.6.2).`, 'Use letters, digits and `-`.');
}

export function checkHeader(inspector: Inspector, name: string, place: Place): void {
  const reserved = RESERVED_RESPONSE_HEADERS.get(name.toLowerCase());
  if (reserved !== undefined) inspector.reject(place, `\`${name}\` cannot be declared as a header.`, reserved);
  else if (!TOKEN.test(name) || isInherited(name))
    inspector.reject(
      place,
      `\`${name}\` is no name of a header (RFC 9110, section 5.6.2).`,
      'Use letters, digits and `-`.',
    );
  if (fieldOf(place.node, 'content') !== undefined) {
    inspector.reject(child(place, 'content'), 'Headers with `content` are not supported.', 'Write a `schema`.');
    return;
  }
  // Redocly does not check extensions, and the fallback responses are one.
  if (fieldOf(place.node, 'schema') === undefined) {
    inspector.reject(place, 'The header has no schema.', 'Write `schema` with a `type`.');
    return;
  }
  const style = textOf(place.node, 'style') ?? 'simple';
  if (style !== 'simple')
    inspector.reject(child(place, 'style'), `The style \`${style}\` is not supported.`, 'Write `style: simple`.');
  else checkValue(inspector, place, false);
}

/** The value is sent as text, so it needs exactly one type to be parsed by. */
function checkValue(inspector: Inspector, place: Place, isQuery: boolean): void {
  const schema = inspector.at(place, 'schema');
  if (!schema) return;
  const type = fieldOf(schema.node, 'type');
  if (typeof type === 'string' && SCALARS.includes(type)) return;
  if (type === 'array' && isQuery) {
    const items = inspector.at(schema, 'items');
    const itemType = items && fieldOf(items.node, 'type');
    if (items && !(typeof itemType === 'string' && SCALARS.includes(itemType)))
      inspector.reject(
        items,
        `Items of a query parameter need one type of: ${SCALARS.join(', ')}.`,
        'Write it as `type`.',
      );
    return;
  }
  if (type === 'array' || type === 'object')
    inspector.reject(
      schema,
      `A value of the type \`${type}\` is not supported here.`,
      type === 'array'
        ? 'Write a string, or a parameter in the query, which may be an array.'
        : 'Write a value of its own for each property.',
    );
  else
    inspector.reject(
      schema,
      'The value is sent as text, and is read back by its type.',
      `Write \`type\` with one of: ${SCALARS.join(', ')}${isQuery ? ', array' : ''}.`,
    );
}

function child({ node, location }: Place, key: string): Place {
  return { node: fieldOf(node, key), location: location.child([key]) };
}
