// Compiles schemas of the contract for the edge's own use, besides those that express-openapi-validator compiles.
import { Ajv2020 as Ajv, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Contract, Schema } from '../../../openapi/model/contract.ts';
import { checkLengthsLast, removeImplied } from '../validators/string-keywords.ts';

const CONTRACT = 'contract';

/**
 * A compiler for schemas that may refer to components of the contract. Formats are checked. `adapt` changes keywords.
 */
export function createCompiler(
  contract: Contract,
  options: Options = {},
  adapt: (ajv: Ajv) => void = () => {},
): (schema: Schema) => ValidateFunction {
  // The request validator compiles the same schemas and refuses invalid ones; checking them here too takes 50 ms.
  const ajv = new Ajv({ strict: false, validateSchema: false, discriminator: true, ...options });
  formats.default(ajv);
  adapt(ajv);
  ajv.addSchema({ $id: CONTRACT, components: contract.components });
  return (schema) => ajv.compile(absolute(schema));
}

/** The same schema, with its local references made absolute, so that it can stand outside the contract. */
function absolute(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema), (key, value) =>
    key === '$ref' && typeof value === 'string' && value.startsWith('#') ? `${CONTRACT}${value}` : value,
  );
}

/** Reports whether a value is valid, and nothing else. */
export type Check = (value: unknown) => boolean;

/**
 * The same for checks. They make no error objects: `createCompiler` makes some for each value that is not valid, and of
 * tens of thousands in one body their collection takes longer than the rest.
 */
export function createCheckCompiler(contract: Contract): (schema: Schema) => Check {
  let isValid = true;
  const validate = () => {
    isValid = false;
    return true;
  };
  const compile = createCompiler(withoutImplied(contract), {}, (ajv) => {
    ajv.addKeyword({ keyword: 'reached', validate, errors: false });
    checkLengthsLast(ajv);
  });
  return (schema) => {
    // ajv makes no errors of what is under `if`.
    const branch = compile({ if: withoutImplied(schema), else: { reached: true } });
    return (value) => {
      isValid = true;
      branch(value, CONTEXT);
      return isValid;
    };
  };
}

/** A copy that says the same: for 26,000 UUIDs, to test their format as well took a fifth of the whole request. */
function withoutImplied<T extends object>(document: T): T {
  const copy = structuredClone(document);
  removeImplied(copy);
  return copy;
}

/** What ajv would make anew for each value. */
const CONTEXT = { instancePath: '', parentData: {}, parentDataProperty: '', rootData: {}, dynamicAnchors: {} };
