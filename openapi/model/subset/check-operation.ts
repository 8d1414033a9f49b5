// Paths and operations: methods, IDs, bodies, responses.
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
  /** By the name of their types. */
  readonly #ids = new Map<string, string>();

  constructor(inspector: Inspector, checkSchema: CheckSchema) {
    this.#inspector = inspector;
    this.#checkSchema = checkSchema;
  }

  /** Of all paths. */
  checkPaths(paths: Place): void {
    const routes = new Map<string, string>();
    for (const [path, item] of this.#inspector.children(paths)) {
      if (!path.startsWith('/')) continue; // An extension.
      this.#checkPath(path, item);
      const pattern = path.replace(/\{[^}]*\}/g, '{}');
      const same =
        routes.get(pattern) ??
        [...routes.keys()].filter((each) => isAmbiguous(each, pattern)).map((each) => routes.get(each))[0];
      if (same !== undefined)
        this.#inspector.refuse(item, `The path matches requests to \`${same}\` too.`, 'Change a fixed part of one.');
      routes.set(pattern, path);
    }
  }

  #checkPath(path: string, item: Place): void {
    const inspector = this.#inspector;
    const refuse = (reason: string, wayOut: string) => inspector.refuse(item, reason, wayOut);
    const segments = path.split('/').slice(1);
    const names = [...path.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name);
    if (segments.some((segment) => /[{}]/.test(segment) && !/^\{[^{}]+\}$/.test(segment)))
      refuse('A parameter must be a whole segment of the path.', 'Put slashes around it.');
    if (new Set(names).size < names.length) refuse('A parameter is in the path twice.', 'Use two names.');
    if (segments.some((segment) => !/[{}]/.test(segment) && !/^[\w.~!$&'()*+,;=:@-]*$/.test(segment)))
      refuse(
        'The path has characters that a URL must encode.',
        "Use letters, digits and `- . _ ~ ! $ & ' ( ) * + , ; = : @`.",
      );
    if (segments.some((segment, index) => segment === '' && index < segments.length - 1) || segments.some(isDots))
      refuse('The path has a segment that URLs do not keep.', 'Remove it.');
    for (const [key, child] of inspector.children(item)) {
      if (key === 'servers') refuseServers(inspector, child);
      if (UNSUPPORTED_METHODS.includes(key))
        inspector.refuse(child, `The method ${key.toUpperCase()} is not supported.`, `Use ${METHODS.join(', ')}.`);
      if (METHODS.includes(key)) this.#checkOperation(key, child, names.map(String), inspector.at(item, 'parameters'));
    }
  }

  #checkOperation(method: string, operation: Place, names: string[], shared: Place | undefined): void {
    const inspector = this.#inspector;
    this.#checkId(operation);
    const servers = inspector.at(operation, 'servers');
    if (servers) refuseServers(inspector, servers);
    this.#checkParameters(operation, names, [shared, inspector.at(operation, 'parameters')]);
    const body = inspector.at(operation, 'requestBody');
    if (body && ['get', 'delete'].includes(method))
      inspector.refuse(
        body,
        `A ${method.toUpperCase()} request has no body (RFC 9110, section 9.3).`,
        'Write parameters, or use POST.',
      );
    else if (body) this.#checkContent(body, 'request');
    this.#checkResponses(operation);
  }

  #checkId(operation: Place): void {
    const id = textOf(operation.node, 'operationId');
    const place = { ...operation, location: operation.location.child(['operationId']) };
    if (id === undefined) {
      const wayOut = 'Write one, such as `createThing`: handlers, types and tests have its name.';
      this.#inspector.refuse(operation, 'The operation has no `operationId`.', wayOut);
      return;
    }
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(id) || isInherited(id)) {
      const wayOut = 'Use letters, digits and `_`, and begin with a letter.';
      this.#inspector.refuse(place, `The \`operationId\` ${JSON.stringify(id)} cannot name a handler.`, wayOut);
      return;
    }
    const typeName = id.charAt(0).toUpperCase() + id.slice(1);
    const same = this.#ids.get(typeName);
    if (same !== undefined && same !== id)
      this.#inspector.refuse(place, `\`${id}\` and \`${same}\` would have types of the same name.`, 'Rename one.');
    this.#ids.set(typeName, id);
  }

  #checkParameters(operation: Place, names: string[], lists: (Place | undefined)[]): void {
    const inspector = this.#inspector;
    const declared = new Set<string>();
    const headers = new Map<string, string>();
    for (const list of lists) {
      for (const [, parameter] of inspector.children(list)) {
        checkParameter(inspector, parameter);
        this.#checkSchema(inspector.at(parameter, 'schema'), 'text');
        refuseExternalExamples(inspector, parameter);
        const [name = '', location] = [textOf(parameter.node, 'name'), textOf(parameter.node, 'in')];
        if (location === 'path') declared.add(name);
        if (location === 'path' && !names.includes(name))
          inspector.refuse(
            parameter,
            `The path has no \`{${name}}\`.`,
            'Remove the parameter, or put it into the path.',
          );
        const same = location === 'header' ? headers.get(name.toLowerCase()) : undefined;
        if (same !== undefined && same !== name)
          inspector.refuse(
            parameter,
            `\`${name}\` and \`${same}\` are the same header.`,
            'Write both in the same case.',
          );
        if (location === 'header') headers.set(name.toLowerCase(), name);
      }
    }
    const missing = names.find((name) => !declared.has(name));
    if (missing !== undefined)
      inspector.refuse(
        operation,
        `The parameter \`{${missing}}\` of the path is not declared.`,
        'Write it below `parameters`.',
      );
  }

  #checkResponses(operation: Place): void {
    const inspector = this.#inspector;
    const responses = inspector.children(inspector.at(operation, 'responses'));
    for (const [status, response] of responses) if (!status.startsWith('x-')) this.checkResponse(status, response);
    if (responses.length > 0 && !responses.some(([status]) => /^[23]\d\d$/.test(status)))
      inspector.refuse(
        operation,
        'The operation has no successful response.',
        'Write one with a status from 200 to 399.',
      );
  }

  checkResponse(status: string, response: Place): void {
    const inspector = this.#inspector;
    if (!/^[2-5]\d\d$/.test(status)) {
      const wayOut = 'Write a response for each status: types, handlers and tests tell them apart by it.';
      inspector.refuse(response, `The response \`${status}\` is not one status.`, wayOut);
      return;
    }
    // Redocly does not look into extensions, where the fallback responses are.
    for (const key of ['headers', 'content']) {
      const map = inspector.at(response, key);
      if (textOf(fieldOf(response.node, key), '$ref') !== undefined)
        inspector.refuse(response, `\`${key}\` itself cannot be a reference.`, 'Write a reference for each of them.');
      const parts = map ? [map, ...inspector.children(map).map(([, part]) => part)] : [];
      for (const part of parts.filter(({ node }) => typeof node !== 'object' || node === null || Array.isArray(node)))
        inspector.refuse(part, 'An object is expected here.', 'Correct the value.');
    }
    if (typeof fieldOf(response.node, 'description') !== 'string')
      inspector.refuse(response, 'A response needs a description.', 'Write `description`.');
    for (const [name, header] of inspector.children(inspector.at(response, 'headers'))) {
      checkHeader(inspector, name, header);
      this.#checkSchema(inspector.at(header, 'schema'), 'text');
    }
    const content = inspector.at(response, 'content');
    if (content && inspector.children(content).length > 0 && ['204', '205', '304'].includes(status))
      inspector.refuse(
        content,
        `A response with status ${status} has no body (RFC 9110, section 15).`,
        'Remove `content`.',
      );
    else if (content) this.#checkContent(response, 'response');
  }

  /** Of a request body or a response. */
  #checkContent(place: Place, use: Use): void {
    const inspector = this.#inspector;
    const content = inspector.at(place, 'content');
    const mediaTypes = inspector.children(content);
    if (content && mediaTypes.length > 1)
      inspector.refuse(content, 'Several media types are not supported.', 'Keep the one of JSON.');
    for (const [name, media] of mediaTypes) {
      if (!JSON_TYPE.test(name))
        inspector.refuse(
          media,
          `The media type \`${name}\` is not supported.`,
          'Write `application/json`, or `application/NAME+json` in lower case.',
        );
      const schema = inspector.at(media, 'schema');
      if (fieldOf(media.node, 'schema') === undefined)
        inspector.refuse(media, 'The body has no schema.', 'Write `schema`, with `{}` for any value.');
      this.#checkSchema(schema, use);
      refuseExternalExamples(inspector, media);
    }
  }
}

function isDots(segment: string): boolean {
  return segment === '.' || segment === '..';
}

/** Whether requests may match both, and neither is the more concrete one. */
function isAmbiguous(one: string, other: string): boolean {
  const [left, right] = [one.split('/'), other.split('/')];
  if (left.length !== right.length) return false;
  const pairs = left.map((segment, index) => [segment, right[index]]);
  if (pairs.some(([a, b]) => a !== b && a !== '{}' && b !== '{}')) return false;
  return pairs.some(([a, b]) => a === '{}' && b !== '{}') && pairs.some(([a, b]) => a !== '{}' && b === '{}');
}

function refuseServers(inspector: Inspector, servers: Place): void {
  inspector.refuse(servers, 'Servers of a single path or operation are not supported.', 'Write them once, at the top.');
}

function refuseExternalExamples(inspector: Inspector, place: Place): void {
  for (const [, example] of inspector.children(inspector.at(place, 'examples')))
    if (fieldOf(example.node, 'value') === undefined)
      inspector.refuse(example, 'An example without a `value` is not supported.', 'Write its `value`.');
}
