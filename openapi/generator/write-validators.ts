// Writes generated/request-validators.ts and generated/response-validators.ts: compiled when the contract is generated.
import { createOutline, type Outline } from '../../server/edge/json/schema-precheck.ts';
import { toParametersSchema } from '../../server/edge/violations/parameter-errors.ts';
import { violationLimitOf } from '../../server/edge/violations/violation-limit.ts';
import { type Contract, operationsOf, type RequestBody, resolve, responsesOf, type Schema } from '../model/contract.ts';
import { viewOf } from '../model/validators/schema-view.ts';
import { bundleModules, compileSchemas } from './compile-validators.ts';

/**
 * The header of the compiled code, which has no types; `openapi/model/validators/compiled-validators.ts` declares them.
 */
const HEADER = '// @ts-nocheck\n';

/**
 * The validators of requests. Each part of a body that can be validated on its own has a validator, so that violations
 * come in the order in which the edge lists them.
 */
export async function writeRequestValidators(contract: Contract): Promise<string> {
  const view = viewOf(contract, contract, 'request');
  const parameters = new Map<string, Schema>();
  const bodies = new Map<string, Schema>();
  const entries = operationsOf(view).map((entry) => {
    const { operationId, requestBody } = entry.operation;
    // A name that is not reserved, and that ajv does not write itself.
    const name = `${operationId}_parameters`;
    parameters.set(name, toParametersSchema(entry.parameters));
    const body = requestBody && resolve<RequestBody>(view, requestBody);
    const schema = Object.values(body?.content ?? {})[0]?.schema;
    return `${JSON.stringify(operationId)}: {
      limit: ${violationLimitOf(contract, entry)},
      headerNames: ${JSON.stringify(entry.parameters.filter((each) => each.in === 'header').map(({ name }) => name))},
      parameters: parameters[${JSON.stringify(name)}],
      bodyRequired: ${body?.required === true},
      body: ${schema ? writeNode(createOutline(view, schema), bodies) : 'undefined'},
    },`;
  });
  return bundle('requestValidators', entries, {
    parameters: compileSchemas(view, parameters, { coerceTypes: true, useDefaults: true }),
    bodies: compileSchemas(view, bodies, { useDefaults: true }),
  });
}

/** The validators of the JSON bodies of responses, by status. */
export async function writeResponseValidators(contract: Contract): Promise<string> {
  const view = viewOf(contract, contract, 'response');
  const bodies = new Map<string, Schema>();
  const entries = operationsOf(view).map(({ operation }) => {
    const statuses = responsesOf(view, operation).flatMap(({ status, response }) => {
      const json = Object.entries(response.content ?? {}).find(([name]) => /[/+]json$/.test(name));
      if (!json) return [];
      const name = `${operation.operationId}_${status}`;
      bodies.set(name, json[1].schema);
      return `${status}: bodies[${JSON.stringify(name)}],`;
    });
    return `${JSON.stringify(operation.operationId)}: { ${statuses.join(' ')} },`;
  });
  return bundle('responseValidators', entries, { bodies: compileSchemas(view, bodies, {}) });
}

/** The source of a validator, and of those of its parts. Its schema gets a name among the bodies. */
function writeNode(outline: Outline, bodies: Map<string, Schema>): string {
  const { object, items } = outline;
  const name = `body${bodies.size}`;
  bodies.set(name, ownSchema(outline));
  const properties = object?.properties.map(
    (each) => `{ name: ${JSON.stringify(each.name)}, node: ${writeNode(each.outline, bodies)} },`,
  );
  return `{
    validate: bodies.${name},
    properties: ${properties ? `[${properties.join('\n')}]` : 'undefined'},
    items: ${items ? writeNode(items, bodies) : 'undefined'},
  }`;
}

/** The outline that the edge uses: parts with outlines of their own keep nothing but their defaults. */
function ownSchema({ schema, object, items }: Outline): Schema {
  if (object)
    return {
      ...schema,
      properties: Object.fromEntries(object.properties.map(({ name, outline }) => [name, defaultOf(outline)])),
    };
  const { items: _, ...own } = schema;
  return items ? own : schema;
}

/** The validator of an object also sets the defaults of missing properties, as the edge does. */
function defaultOf({ schema }: Outline): Schema {
  return schema.default === undefined ? {} : { default: schema.default };
}

async function bundle(name: string, entries: string[], modules: Record<string, string>): Promise<string> {
  const imports = Object.keys(modules).map((each) => `import * as ${each} from 'module:${each}';`);
  const code = await bundleModules(
    `${imports.join('\n')}\nexport const ${name} = {\n${entries.join('\n')}\n};\n`,
    modules,
  );
  return HEADER + code;
}
