// Compiles schemas of the contract for the edge's own use, besides those that express-openapi-validator compiles.
import { Ajv2020 as Ajv, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Contract, Schema } from '../../../openapi/model/contract.ts';
import { replaceStringKeywords, withoutImplied } from '../validators/string-keywords.ts';

const CONTRACT = 'contract';

/**
 * Creates a compiler for schemas that may reference components of the contract. Formats are checked. `adapt` may change
 * keywords.
 */
export function createCompiler(
  contract: Contract,
  options: Options = {},
  adapt: (ajv: Ajv) => unknown = () => {},
): (schema: Schema) => ValidateFunction {
  // The request validator compiles the same schemas and rejects invalid ones. Checking them again would take 50 ms.
  const ajv = new Ajv({ strict: false, validateSchema: false, discriminator: true, ...options });
  formats.default(ajv);
  replaceStringKeywords(ajv);
  adapt(ajv);
  ajv.addSchema({ $id: CONTRACT, components: contract.components });
  return (schema) => ajv.compile(absolute(schema));
}

/** Makes the local references of a schema absolute, so that it can be used outside the contract. */
function absolute(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema), (key, value) =>
    key === '$ref' && typeof value === 'string' && value.startsWith('#') ? `${CONTRACT}${value}` : value,
  );
}

/** Returns whether a value is valid, without any errors. */
export type Check = (value: unknown) => boolean;

/**
 * Creates a compiler for checks, which create no error objects. Validators of `createCompiler` create some for each
 * invalid value, and for tens of thousands in one body, collecting them takes longer than everything else.
 */
export function createCheckCompiler(contract: Contract): (schema: Schema) => Check {
  let isValid = true;
  const validate = () => {
    isValid = false;
    return true;
  };
  const compile = createCompiler(withoutImplied(contract), {}, (ajv) =>
    ajv.addKeyword({ keyword: 'reached', validate, errors: false }),
  );
  return (schema) => {
    // ajv creates no errors below `if`.
    const branch = compile({ if: withoutImplied(schema), else: { reached: true } });
    return (value) => {
      isValid = true;
      branch(value, CONTEXT);
      return isValid;
    };
  };
}

/** The context that ajv would otherwise allocate for each value. */
const CONTEXT = { instancePath: '', parentData: {}, parentDataProperty: '', rootData: {}, dynamicAnchors: {} };
