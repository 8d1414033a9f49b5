// Checks paths and operations: methods, IDs, bodies, responses.
import { Script } from 'node:vm';
import { checkHeader, checkParameter } from './check-parameter.ts';
import type { createSchemaCheck, Use } from './check-schema.ts';
import { fieldOf, type Inspector, isInherited, type Place, textOf } from './inspector.ts';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

/** CORS responds to OPTIONS, HTTP defines HEAD by GET, and `fetch` sends no TRACE. */
const UNSUPPORTED_METHODS = ['options', 'head', 'trace', 'query'];

const JSON_TYPE = /^application\/([a-z0-9.!#$&^_-]+\+)?json$/;

type CheckSchema = ReturnType<typeof createSchemaCheck>;

export class OperationCheck {
  readonly #inspector: Inspector;
  readonly #checkSchema: CheckSchema;
  /** Operations by the name of their types. */
  readonly #ids = new Map<string, string>();

  constructor(inspector: Inspector, checkSchema: CheckSchema) {
    this.#inspector = inspector;
    this.#checkSchema = checkSchema;
  }

  /** Checks all paths. */
  checkPaths(paths: Place): void {
    const routes = new Map<string, string>();
    for (const [path, item] of this.#inspector.children(paths)) {
      if (!path.startsWith('/')) continue; // Extensions are ignored.
      this.#checkPath(path, item);
      const pattern = path.replace(/\{[^}]*\}/g, '{}');
      const same =
        routes.get(pattern) ??
        [...routes.keys()].filter((each) => isAmbiguous(each, pattern)).map((each) => routes.get(each))[0];
      if (same !== undefined)
        this.#inspector.reject(item, `The path matches requests to \`${same}\` too.`, 'Change a fixed part of one.');
      routes.set(pattern, path);
    }
  }

  #checkPath(path: string, item: Place): void {
    const inspector = this.#inspector;
    const reject = (reason: string, remedy: string) => inspector.reject(item, reason, remedy);
    const segments = path.split('/').slice(1);
    const names = [...path.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name);
    if (segments.some((segment) => /[{}]/.test(segment) && !/^\{[^{}]+\}$/.test(segment)))
      reject('A parameter must be a whole segment of the path.', 'Put slashes around it.');
    if (new Set(names).size < names.length) reject('A parameter is in the path twice.', 'Use two names.');
    if (segments.some((segment) => !/[{}]/.test(segment) && !/^[\w.~!$&'()*+,;=:@-]*$/.test(segment)))
      reject(
        'The path has characters that a URL must encode.',
        "Use letters, digits and `- . _ ~ ! $ & ' ( ) * + , ; = : @`.",
      );
    if (segments.some((segment, index) => segment === '' && index < segments.length - 1) || segments.some(isDots))
      reject('The path has a segment that URLs do not keep.', 'Remove it.');
    for (const [key, child] of inspector.children(item)) {
      if (key === 'servers') rejectServers(inspector, child);
      if (UNSUPPORTED_METHODS.includes(key))
        inspector.reject(child, `The method ${key.toUpperCase()} is not supported.`, `Use ${METHODS.join(', ')}.`);
      if (METHODS.includes(key)) this.#checkOperation(key, child, names.map(String), inspector.at(item, 'parameters'));
    }
  }

  #checkOperation(method: string, operation: Place, names: string[], shared: Place | undefined): void {
    const inspector = this.#inspector;
    this.#checkId(operation);
    const servers = inspector.at(operation, 'servers');
    if (servers) rejectServers(inspector, servers);
    this.#checkParameters(operation, names, [shared, inspector.at(operation, 'parameters')]);
    const body = inspector.at(operation, 'requestBody');
    if (body && ['get', 'delete'].includes(method))
      inspector.reject(
        body,
        `A ${method.toUpperCase()} request has no body (RFC 9110, section 9.3).`,
        'Write parameters, or use POST.',
      );
    else if (body) this.#checkContent(body, 'request');
    this.#checkResponses(operation);
  }

  #checkId(operation: Place): void {
    const id = fieldOf(operation.node, 'operationId');
    const place = { ...operation, location: operation.location.child(['operationId']) };
    if (id === undefined) {
      const remedy = 'Write one, such as `createThing`: handlers, types and tests have its name.';
      this.#inspector.reject(operation, 'The operation has no `operationId`.', remedy);
      return;
    }
    if (typeof id !== 'string' || !/^[A-Za-z][A-Za-z0-9_]*$/.test(id) || isInherited(id)) {
      const remedy = 'Use letters, digits and `_`, and begin with a letter.';
      this.#inspector.reject(place, `The \`operationId\` ${JSON.stringify(id)} cannot name a handler.`, remedy);
      return;
    }
    if (isReserved(id)) {
      const remedy = `Write a name of two words, such as \`${id}Thing\`.`;
      this.#inspector.reject(place, `The \`operationId\` \`${id}\` has a meaning of its own in JavaScript.`, remedy);
      return;
    }
    const typeName = id.charAt(0).toUpperCase() + id.slice(1);
    const same = this.#ids.get(typeName);
    if (same === id) this.#inspector.reject(place, `Two operations have the \`operationId\` \`${id}\`.`, 'Rename one.');
    else if (same !== undefined)
      this.#inspector.reject(place, `\`${id}\` and \`${same}\` would have types of the same name.`, 'Rename one.');
    this.#ids.set(typeName, id);
  }

  #checkParameters(operation: Place, names: string[], lists: (Place | undefined)[]): void {
    const inspector = this.#inspector;
    const declared = new Set<string>();
    const headers = new Map<string, string>();
    for (const list of lists) {
      const here = new Set<string>();
      for (const [, parameter] of inspector.children(list)) {
        const key = `${textOf(parameter.node, 'in')} ${textOf(parameter.node, 'name')}`;
        if (here.has(key))
          inspector.reject(parameter, 'The list has another parameter of this name and place.', 'Remove one of them.');
        here.add(key);
        checkParameter(inspector, parameter);
        this.#checkSchema(inspector.at(parameter, 'schema'), 'text');
        rejectExternalExamples(inspector, parameter);
        const [name = '', location] = [textOf(parameter.node, 'name'), textOf(parameter.node, 'in')];
        if (location === 'path') declared.add(name);
        if (location === 'path' && !names.includes(name))
          inspector.reject(
            parameter,
            `The path has no \`{${name}}\`.`,
            'Remove the parameter, or put it into the path.',
          );
        const same = location === 'header' ? headers.get(name.toLowerCase()) : undefined;
        if (same !== undefined && same !== name)
          inspector.reject(
            parameter,
            `\`${name}\` and \`${same}\` are the same header.`,
            'Write both in the same case.',
          );
        if (location === 'header') headers.set(name.toLowerCase(), name);
      }
    }
    const missing = names.find((name) => !declared.has(name));
    if (missing !== undefined)
      inspector.reject(
        operation,
        `The parameter \`{${missing}}\` of the path is not declared.`,
        'Write it below `parameters`.',
      );
  }

  #checkResponses(operation: Place): void {
    const inspector = this.#inspector;
    const declared = inspector.at(operation, 'responses');
    const responses = inspector.children(declared);
    // Redocly reports a value of another type.
    if (declared && (typeof declared.node !== 'object' || declared.node === null)) return;
    if (responses.length === 0) {
      const remedy = 'Write `responses` with a status from 200 to 399.';
      inspector.reject(operation, 'The operation has no responses.', remedy);
      return;
    }
    for (const [status, response] of responses) if (!status.startsWith('x-')) this.checkResponse(status, response);
    if (!responses.some(([status]) => /^[23]\d\d$/.test(status)))
      inspector.reject(
        operation,
        'The operation has no successful response.',
        'Write one with a status from 200 to 399.',
      );
  }

  checkResponse(status: string, response: Place): void {
    const inspector = this.#inspector;
    if (!/^[2-5]\d\d$/.test(status)) {
      const remedy = 'Write a response for each status: types, handlers and tests tell them apart by it.';
      inspector.reject(response, `The response \`${status}\` is not one status.`, remedy);
      return;
    }
    // Redocly does not check extensions, and the fallback responses are one.
    for (const key of ['headers', 'content']) {
      const map = inspector.at(response, key);
      if (textOf(fieldOf(response.node, key), '$ref') !== undefined)
        inspector.reject(response, `\`${key}\` itself cannot be a reference.`, 'Write a reference for each of them.');
      const parts = map ? [map, ...inspector.children(map).map(([, part]) => part)] : [];
      for (const part of parts.filter(({ node }) => typeof node !== 'object' || node === null || Array.isArray(node)))
        inspector.reject(part, 'An object is expected here.', 'Correct the value.');
    }
    if (typeof fieldOf(response.node, 'description') !== 'string')
      inspector.reject(response, 'A response needs a description.', 'Write `description`.');
    for (const [name, header] of inspector.children(inspector.at(response, 'headers'))) {
      checkHeader(inspector, name, header);
      rejectExternalExamples(inspector, header);
      this.#checkSchema(inspector.at(header, 'schema'), 'text');
    }
    const content = inspector.at(response, 'content');
    if (content && inspector.children(content).length > 0 && ['204', '205', '304'].includes(status))
      inspector.reject(
        content,
        `A response with status ${status} has no body (RFC 9110, section 15).`,
        'Remove `content`.',
      );
    else if (content) this.#checkContent(response, 'response');
    if (Number(status) >= 400) for (const [, media] of inspector.children(content)) checkEnvelope(inspector, media);
  }

  /** Checks the content of a request body or a response. */
  #checkContent(place: Place, use: Use): void {
    const inspector = this.#inspector;
    const content = inspector.at(place, 'content');
    const mediaTypes = inspector.children(content);
    if (use === 'request' && mediaTypes.length === 0)
      inspector.reject(place, 'The request body has no content.', 'Write `content` with `application/json`.');
    if (content && mediaTypes.length > 1)
      inspector.reject(content, 'Several media types are not supported.', 'Keep the one of JSON.');
    for (const [name, media] of mediaTypes) {
      if (!JSON_TYPE.test(name))
        inspector.reject(
          media,
          `The media type \`${name}\` is not supported.`,
          'Write `application/json`, or `application/NAME+json` in lower case.',
        );
      const encoding = inspector.at(media, 'encoding');
      if (encoding) inspector.reject(encoding, 'JSON has no `encoding` of its properties.', 'Remove it.');
      const schema = inspector.at(media, 'schema');
      if (fieldOf(media.node, 'schema') === undefined)
        inspector.reject(media, 'The body has no schema.', 'Write `schema`, with `{}` for any value.');
      this.#checkSchema(schema, use);
      rejectExternalExamples(inspector, media);
    }
  }
}

/** The form of errors that client and edge rely on. */
function checkEnvelope(inspector: Inspector, media: Place): void {
  const schema = inspector.at(media, 'schema');
  if (!schema) return;
  const remedy =
    'Write the envelope {"error":{"type","message"}}, both of `type: string`, or leave out the content, ' +
    'which is added then.';
  const error = inspector.at(schema, 'properties', 'error');
  if (!error) {
    inspector.reject(schema, 'The body of an error has no property `error`.', remedy);
    return;
  }
  for (const name of ['type', 'message']) {
    const property = inspector.at(error, 'properties', name);
    if (!property) inspector.reject(error, `The \`error\` has no property \`${name}\`.`, remedy);
    else if (fieldOf(property.node, 'type') !== 'string')
      inspector.reject(property, `The \`${name}\` of an error is not of \`type: string\`.`, remedy);
    for (const [, value] of inspector.children(property && inspector.at(property, 'enum')))
      if (isInherited(String(value.node)))
        inspector.reject(value, `An error cannot have the ${name} \`${value.node}\` in JavaScript.`, 'Rename it.');
  }
}

/** Names that no function in a module or an async function can have, and `then`, which makes an object a promise. */
function isReserved(name: string): boolean {
  if (['then', 'undefined', 'NaN', 'Infinity'].includes(name)) return true;
  try {
    // The function is compiled, and never run. The name consists of letters, digits and `_`.
    new Script(`'use strict'; async function* compiled() { const ${name} = 0; }`);
    return false;
  } catch {
    return true;
  }
}

function isDots(segment: string): boolean {
  return segment === '.' || segment === '..';
}

/** Whether a request may match both paths, and neither is more concrete. */
function isAmbiguous(one: string, other: string): boolean {
  const [left, right] = [one.split('/'), other.split('/')];
  if (left.length !== right.length) return false;
  const pairs = left.map((segment, index) => [segment, right[index]]);
  if (pairs.some(([a, b]) => a !== b && a !== '{}' && b !== '{}')) return false;
  return pairs.some(([a, b]) => a === '{}' && b !== '{}') && pairs.some(([a, b]) => a !== '{}' && b === '{}');
}

function rejectServers(inspector: Inspector, servers: Place): void {
  inspector.reject(servers, 'Servers of a single path or operation are not supported.', 'Write them once, at the top.');
}

function rejectExternalExamples(inspector: Inspector, place: Place): void {
  if (fieldOf(place.node, 'example') !== undefined && fieldOf(place.node, 'examples') !== undefined)
    inspector.reject(place, '`example` and `examples` exclude each other.', 'Write all of them below `examples`.');
  for (const [name, example] of inspector.children(inspector.at(place, 'examples'))) {
    if (isInherited(name))
      inspector.reject(example, `An example cannot have the name \`${name}\` in JavaScript.`, 'Choose another name.');
    if (fieldOf(example.node, 'value') === undefined)
      inspector.reject(example, 'An example without a `value` is not supported.', 'Write its `value`.');
  }
}
