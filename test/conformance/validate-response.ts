// The independent judge: holds any answer against the contract, with a validator and a reading of the contract that the server does not use.
import { Ajv2020 as Ajv, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import {
  basePathOf,
  type Contract,
  operationsOf,
  type Response,
  resolve,
  type Schema,
} from '../../openapi/model/contract.ts';

/** An answer as it came over the wire. */
export interface Reply {
  status: number;
  /** By lower-case name. */
  headers: Record<string, string>;
  text: string;
}

export interface Finding {
  rule: string;
  message: string;
  /** JSON Pointer into the contract to what says so. */
  contractPointer: string;
}

export type Judge = (request: { method: string; path: string }, reply: Reply) => Finding[];

/** Headers of HTTP itself, and of CORS, that any answer may have. */
const STANDARD =
  /^(date|connection|keep-alive|content-length|content-type|transfer-encoding|vary|access-control-[a-z-]+)$/;

/** Compiles the contract. `request.path` is the whole path, with the base path and without the query. */
export function createJudge(contract: Contract): Judge {
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats.default(ajv);
  const compiled = new Map<string, ValidateFunction>();
  const compile = (schema: Schema): ValidateFunction => {
    const key = JSON.stringify(schema);
    const known = compiled.get(key);
    if (known) return known;
    const fresh = ajv.compile({ ...schema, components: contract.components });
    compiled.set(key, fresh);
    return fresh;
  };
  const routes = operationsOf(contract).map((entry) => ({
    ...entry,
    pattern: new RegExp(`^${basePathOf(contract)}${entry.path.replace(/\{\w+\}/g, '[^/]+')}$`),
  }));

  return (request, reply) => {
    const here = routes.filter(({ pattern }) => pattern.test(request.path));
    const route = here.find(({ method }) => method.toUpperCase() === request.method);
    const pointer = route ? `/paths/${escapeSegment(route.path)}/${route.method}/responses` : '/x-fallback-responses';
    const responses: Record<string, object> = route ? route.operation.responses : contract['x-fallback-responses'];
    const node = responses[reply.status];
    if (!node || (!route && reply.status !== (here.length > 0 ? 405 : 404))) {
      return [
        { rule: 'status', message: `The status ${reply.status} is not declared here.`, contractPointer: pointer },
      ];
    }
    const at = `${pointer}/${reply.status}`;
    const response = resolve<Response>(contract, node as Response);
    // An answer to HEAD has the headers alone: RFC 9110, section 9.3.2.
    const body = request.method === 'HEAD' ? [] : judgeBody(response, reply, at);
    return [...judgeHeaders(response, reply, at), ...body];
  };

  function judgeHeaders(response: Response, reply: Reply, at: string): Finding[] {
    const findings: Finding[] = [];
    const declared = new Map(
      Object.entries(response.headers ?? {}).map(([name, node]) => [
        name.toLowerCase(),
        { name, ...resolve(contract, node) },
      ]),
    );
    for (const [key, { name, required, schema }] of declared) {
      const contractPointer = `${at}/headers/${escapeSegment(name)}`;
      const value = reply.headers[key];
      if (value === undefined) {
        if (required)
          findings.push({ rule: 'required header', message: `The header ${name} is missing.`, contractPointer });
        continue;
      }
      const validate = compile(schema);
      const type = resolve<Schema>(contract, schema).type;
      if (!validate(type === 'integer' || type === 'number' ? Number(value) : value)) {
        findings.push({
          rule: 'header value',
          message: `The header ${name} is ${JSON.stringify(value)}: ${ajv.errorsText(validate.errors)}.`,
          contractPointer,
        });
      }
    }
    for (const name of Object.keys(reply.headers)) {
      if (declared.has(name) || STANDARD.test(name)) continue;
      findings.push({
        rule: 'undeclared header',
        message: `The header ${name} is not declared.`,
        contractPointer: `${at}/headers`,
      });
    }
    return findings;
  }

  function judgeBody(response: Response, reply: Reply, at: string): Finding[] {
    const contents = Object.entries(response.content ?? {});
    if (contents.length === 0) {
      return reply.text === ''
        ? []
        : [{ rule: 'body', message: 'No body is declared, but there is one.', contractPointer: at }];
    }
    const contentType = reply.headers['content-type'] ?? '';
    const [mediaType = ''] = contentType.split(';');
    const found = contents.find(([name]) => name === mediaType.trim().toLowerCase());
    // RFC 8259, section 8.1: JSON that leaves its system is in UTF-8.
    const foreign = /charset\s*=\s*(?!"?utf-?8"?\s*(;|$))/i.test(contentType);
    if (!found || foreign)
      return [
        {
          rule: 'media type',
          message: `The media type ${JSON.stringify(contentType)} is not declared${foreign ? ' in this charset' : ''}.`,
          contractPointer: `${at}/content`,
        },
      ];
    const [name, { schema }] = found;
    const contractPointer = `${at}/content/${escapeSegment(name)}/schema`;
    let body: unknown;
    try {
      body = JSON.parse(reply.text);
    } catch (error) {
      return [{ rule: 'body', message: `The body is not JSON: ${String(error)}.`, contractPointer }];
    }
    const validate = compile(schema);
    if (validate(body)) return [];
    return (validate.errors ?? []).map((error) => ({
      rule: 'body',
      message: `${error.instancePath || 'The body'} ${error.message}.`,
      contractPointer,
    }));
  }
}

function escapeSegment(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1');
}
