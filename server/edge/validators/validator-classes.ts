// The classes behind the middleware of express-openapi-validator. The middleware itself does more for each request than
// the edge needs.
import manifest from 'express-openapi-validator/package.json' with { type: 'json' };
import { StartupError } from '../../startup-error.ts';

/** The supported version. The classes are not part of the package's public interface, so other versions may differ. */
const SUPPORTED_VERSION = '5.6.2';

/** @throws StartupError when the installed version is not the supported one */
export function checkVersion(installed: string): void {
  if (installed === SUPPORTED_VERSION) return;
  throw new StartupError(
    `express-openapi-validator ${installed} is installed, but only ${SUPPORTED_VERSION} is supported. ` +
      `Run: npm install express-openapi-validator@${SUPPORTED_VERSION}`,
  );
}

/** Loads the classes. @throws StartupError when the installed version is not the supported one */
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

/** Loads the validator of whole contracts against the JSON Schema of OpenAPI. Compiling it takes about 180 ms. */
export async function loadContractValidator() {
  checkVersion(manifest.version);
  const { OpenAPISchemaValidator } = await import(
    'express-openapi-validator/dist/framework/openapi.schema.validator.js'
  );
  return OpenAPISchemaValidator;
}
