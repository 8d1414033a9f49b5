// Validates any HTTP response against the contract. Shares no validator and no contract reader with the server.

import { Ajv2020 as Ajv, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { type Contract, operationsOf, type Response, resolve, type Schema } from '../../../openapi/model/contract.ts';
import { escapeSegment } from '../../../openapi/model/json-pointer.ts';
import { viewOf } from '../../../openapi/model/validators/schema-view.ts';
import { pathPattern } from '../cases/path-pattern.ts';
import { canonicalHeader } from './canonical-header.ts';

/** A received response. */
export interface HttpResponse {
  status: number;
  /** Header fields, keyed by lower-case name. */
  headers: Record<string, string>;
  text: string;
  /** False when the body is not in UTF-8. */
  isUtf8?: false;
}

export interface Violation {
  rule: string;
  message: string;
  /** JSON Pointer to the violated part of the contract. */
  contractPointer: string;
  /** The sentence of the contract at the pointer, if the text has several. */
  quote?: string;
  /** The name in lower case, when the violation is a header that the contract does not declare. */
  undeclaredHeader?: string;
}

export type ResponseValidator = (request: { method: string; path: string }, response: HttpResponse) => Violation[];

/** Standard HTTP and CORS headers, which need no declaration. */
const STANDARD =
  /^(date|connection|keep-alive|content-length|content-type|transfer-encoding|vary|access-control-[a-z-]+)$/;

/** Compiles the contract. `request.path` includes the base path, but no query. */
export function createResponseValidator(contract: Contract): ResponseValidator {
  const compiled = compileContract(contract);
  const { view } = compiled;
  const routes = operationsOf(view)
    .map((entry) => ({ ...entry, pattern: pathPattern(contract, entry.path) }))
    // A path without parameters takes precedence over one that also matches.
    .sort((one, other) => one.path.split('{').length - other.path.split('{').length);

  return (request, response) => {
    const [first] = routes.filter(({ pattern }) => pattern.test(request.path));
    const candidates = routes.filter(({ path }) => path === first?.path);
    const route = candidates.find(({ method }) => method.toUpperCase() === request.method);
    const pointer = route ? `/paths/${escapeSegment(route.path)}/${route.method}/responses` : '/x-fallback-responses';
    const responses: Record<string, object> = route ? route.operation.responses : view['x-fallback-responses'];
    const node = responses[response.status];
    if (!node || (!route && response.status !== (candidates.length > 0 ? 405 : 404))) {
      return [
        {
          rule: 'status',
          message: `Status ${response.status} is not declared for this request.`,
          contractPointer: pointer,
        },
      ];
    }
    const at = `${pointer}/${response.status}`;
    const definition = resolve<Response>(view, node as Response);
    // A response to HEAD has no body: RFC 9110, section 9.3.2.
    const body = request.method === 'HEAD' ? [] : validateBody(compiled, definition, response, at);
    return [...validateHeaders(compiled, definition, response, at), ...body];
  };
}

/** The view of a contract for responses, and the validators of its schemas. */
interface CompiledContract {
  view: Contract;
  compile(schema: Schema): ValidateFunction;
  /** The errors of a validator in its last call. */
  explain(validate: ValidateFunction): string;
}

function compileContract(contract: Contract): CompiledContract {
  const ajv = new Ajv({ strict: false, allErrors: true, discriminator: true });
  formats.default(ajv);
  const view = viewOf(contract, contract, 'response');
  const compiled = new Map<string, ValidateFunction>();
  return {
    view,
    compile: (schema) => {
      const key = JSON.stringify(schema);
      const cached = compiled.get(key);
      if (cached) return cached;
      const validate = ajv.compile({ ...schema, components: view.components });
      compiled.set(key, validate);
      return validate;
    },
    explain: ({ errors }) => ajv.errorsText(errors),
  };
}

function validateHeaders(
  { view, compile, explain }: CompiledContract,
  definition: Response,
  response: HttpResponse,
  at: string,
): Violation[] {
  const violations: Violation[] = [];
  const declared = new Map(
    Object.entries(definition.headers ?? {}).map(([name, node]) => [
      name.toLowerCase(),
      { name, ...resolve(view, node) },
    ]),
  );
  for (const [key, { name, required, schema }] of declared) {
    const contractPointer = `${at}/headers/${escapeSegment(name)}`;
    const value = response.headers[key];
    if (value === undefined) {
      if (required)
        violations.push({ rule: 'required header', message: `The header ${name} is missing.`, contractPointer });
      continue;
    }
    const validate = compile(schema);
    const { type, enum: [declaredValue] = [] } = resolve<Schema>(view, schema);
    if (!validate(parseText(canonicalHeader(key, value, String(declaredValue)), type))) {
      const reason = explain(validate);
      violations.push({
        rule: 'header value',
        message: `The header ${name} has the invalid value ${JSON.stringify(value)}: ${reason}.`,
        contractPointer,
      });
    }
  }
  for (const name of Object.keys(response.headers)) {
    if (declared.has(name) || STANDARD.test(name)) continue;
    violations.push({
      rule: 'undeclared header',
      message: `The header ${name} is not declared.`,
      contractPointer: `${at}/headers`,
      undeclaredHeader: name,
    });
  }
  return violations;
}

function validateBody(
  { compile }: CompiledContract,
  definition: Response,
  response: HttpResponse,
  at: string,
): Violation[] {
  const contents = Object.entries(definition.content ?? {});
  if (contents.length === 0) {
    return response.text === ''
      ? []
      : [{ rule: 'body', message: 'No body is declared, but one was received.', contractPointer: at }];
  }
  const contentType = response.headers['content-type'] ?? '';
  const [mediaType = ''] = contentType.split(';');
  const found = contents.find(([name]) => name === mediaType.trim().toLowerCase());
  // RFC 8259, section 8.1: JSON exchanged between systems is encoded in UTF-8.
  const isOtherCharset = /charset\s*=\s*(?!"?utf-?8"?\s*(;|$))/i.test(contentType);
  const suffix = isOtherCharset ? ' in this charset' : '';
  if (!found || isOtherCharset)
    return [
      {
        rule: 'media type',
        message: `The media type ${JSON.stringify(contentType)} is not declared${suffix}.`,
        contractPointer: `${at}/content`,
      },
    ];
  const [name, { schema }] = found;
  const contractPointer = `${at}/content/${escapeSegment(name)}/schema`;
  if (response.isUtf8 === false) return [{ rule: 'body', message: 'The body is not in UTF-8.', contractPointer }];
  let body: unknown;
  try {
    body = JSON.parse(response.text);
  } catch (error) {
    return [{ rule: 'body', message: `The body is not valid JSON: ${String(error)}.`, contractPointer }];
  }
  const validate = compile(schema);
  if (validate(body)) return [];
  return (validate.errors ?? []).map((error) => ({
    rule: 'body',
    message: `${error.instancePath || 'The body'} ${error.message}.`,
    contractPointer,
  }));
}

/** A header as a value of its type; the text itself if it is none. */
function parseText(text: string, type: Schema['type']): unknown {
  if (type === 'integer' || type === 'number') return text.trim() === '' ? text : Number(text);
  return type === 'boolean' && /^(true|false)$/.test(text) ? text === 'true' : text;
}
