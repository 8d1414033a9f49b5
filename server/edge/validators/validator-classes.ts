// The classes that express-openapi-validator's middleware consists of. The middleware itself does more than the edge
// needs, for each request anew.
import manifest from 'express-openapi-validator/package.json' with { type: 'json' };
import { StartupError } from '../../startup-error.ts';

/** The classes are not part of the package's public interface, so another version may have others. */
const SUPPORTED_VERSION = '5.6.2';

/** @throws StartupError when this version of express-openapi-validator may have other classes */
export function checkVersion(installed: string): void {
  if (installed === SUPPORTED_VERSION) return;
  throw new StartupError(
    `express-openapi-validator ${installed} is installed, but only ${SUPPORTED_VERSION} is supported. ` +
      `Run: npm install express-openapi-validator@${SUPPORTED_VERSION}`,
  );
}

/** @throws StartupError when another version is installed than the one that was tested */
export async function loadClasses() {
  checkVersion(manifest.version);
  const [{ AjvOptions }, { defaultSerDes }, { SchemaPreprocessor }, { RequestValidator }, { ResponseValidator }] =
    await Promise.all([
      import('express-openapi-validator/dist/framework/ajv/options.js'),
      import('express-openapi-validator/dist/framework/base.serdes.js'),
      import('express-openapi-validator/dist/middlewares/parsers/schema.preprocessor.js'),
      import('express-openapi-validator/dist/middlewares/openapi.request.validator.js'),
      import('express-openapi-validator/dist/middlewares/openapi.response.validator.js'),
    ]);
  return { AjvOptions, defaultSerDes, SchemaPreprocessor, RequestValidator, ResponseValidator };
}

/** Holds whole contracts against the JSON Schema of OpenAPI. Compiling that takes about 180 ms. */
export async function loadContractValidator() {
  checkVersion(manifest.version);
  const { OpenAPISchemaValidator } = await import(
    'express-openapi-validator/dist/framework/openapi.schema.validator.js'
  );
  return OpenAPISchemaValidator;
}
