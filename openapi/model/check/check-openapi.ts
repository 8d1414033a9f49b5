// Validates a bundled document against the JSON Schema of OpenAPI 3.1, including parts that only the site shows.

import type { OpenAPIV3 } from 'express-openapi-validator/dist/framework/types.js';
import type { Contract } from '../contract.ts';
import { unescapeSegment } from '../json-pointer.ts';
import type { Problem } from './check-values.ts';

/** A violation of the schema of OpenAPI. `instancePath` is a JSON Pointer. */
type Validate = (document: Contract) => { instancePath: string; message?: string | undefined }[];

let compiled: Promise<Validate> | undefined;

/** The document has passed the checks of the stated subset, whose messages are more precise. */
export async function checkOpenApi(document: Contract): Promise<Problem[]> {
  compiled ??= compile();
  const errors = (await compiled)(document);
  // Ajv repeats an error for every schema around it, and for each alternative.
  const places = [...new Set(errors.map(({ instancePath }) => instancePath))];
  const deepest = places.filter((place) => !places.some((other) => other.startsWith(`${place}/`)));
  return deepest.map((place) => {
    const own = errors.filter(({ instancePath }) => instancePath === place).map(({ message = '' }) => message);
    const plain = own.filter((message) => !/^must match /.test(message));
    const reasons = [...new Set(plain.length > 0 ? plain : own)].join(', or ');
    return {
      keys: place
        .split('/')
        .slice(1)
        .map((key) => unescapeSegment(key)),
      message: `This is not as OpenAPI 3.1 has it: it ${reasons}. Correct it.`,
    };
  });
}

/** Takes about 180 ms. */
async function compile(): Promise<Validate> {
  const { OpenAPISchemaValidator } = await import(
    'express-openapi-validator/dist/framework/openapi.schema.validator.js'
  );
  const validator = new OpenAPISchemaValidator({ version: '3.1.0', validateApiSpec: true });
  // Its types describe OpenAPI in more detail.
  return (document) => validator.validate(document as unknown as OpenAPIV3.DocumentV3_1).errors ?? [];
}
