// Compiles schemas of the contract for the edge's own use, beside the guard.
import { Ajv2020 as Ajv, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Contract, Schema } from '../../openapi/model/contract.ts';

const CONTRACT = 'contract';

/** A compiler for schemas that may refer to components of the contract. Formats are checked. */
export function createCompiler(contract: Contract, options: Options = {}): (schema: Schema) => ValidateFunction {
  // The guard compiles the same schemas and refuses what is none; to judge them here too would cost 50 ms each time.
  const ajv = new Ajv({ strict: false, validateSchema: false, ...options });
  formats.default(ajv);
  ajv.addSchema({ $id: CONTRACT, components: contract.components });
  return (schema) => ajv.compile(absolute(schema));
}

/** The same schema, with its local references made absolute, so that it can stand outside the contract. */
function absolute(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema), (key, value) =>
    key === '$ref' && typeof value === 'string' && value.startsWith('#') ? `${CONTRACT}${value}` : value,
  );
}
