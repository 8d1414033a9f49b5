// Keeps express-openapi-validator from compiling the schema of OpenAPI itself, 180 ms of every start, when nothing is going to be held against it.
import { createRequire } from 'node:module';

interface Options {
  validateApiSpec: boolean;
}
type Construct = new (options: Options) => object;

const PLACE = 'express-openapi-validator/dist/framework/openapi.schema.validator.js';

/**
 * The validator (5.6.2) makes that schema's validator first, and only then looks whether `validateApiSpec` asks for it. With this it is made only when it is
 * asked for. Should another version keep it elsewhere, everything works as before, and the start takes longer.
 */
export function skipMetaSchema(): void {
  const module = load();
  const Original = module.OpenAPISchemaValidator;
  if (!Original || skipped.has(Original)) return;
  // `new` gives what a constructor returns.
  const Lazy = new Proxy(Original, {
    construct: (target, [options]: [Options]) => (options.validateApiSpec ? new target(options) : {}),
  });
  skipped.add(Lazy);
  module.OpenAPISchemaValidator = Lazy;
}

const skipped = new WeakSet<Construct>();

function load(): { OpenAPISchemaValidator?: Construct } {
  try {
    return createRequire(import.meta.url)(PLACE);
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).match(/^(MODULE_NOT_FOUND|ERR_PACKAGE_PATH)/))
      return {};
    throw error;
  }
}
