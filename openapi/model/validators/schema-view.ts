// The view of a contract for one direction: what OpenAPI adds to JSON Schema, expressed in JSON Schema itself. All
// validators thus agree, whatever they know of OpenAPI.
import { type Contract, resolve, type Schema } from '../contract.ts';

export type Direction = 'request' | 'response';

/** Marks the schema of a property that must not be sent in this direction: `readOnly` or `writeOnly`. */
export const HIDDEN = 'x-hidden';

/** Keywords whose values are data, not schemas. */
const DATA_KEYWORDS = new Set(['example', 'examples', 'default', 'const', 'enum']);

/**
 * The document for requests or for responses. In requests, `readOnly` properties are neither required nor allowed; in
 * responses the same holds for `writeOnly` ones. Each variant of a discriminator fixes the value of its property.
 * Returns the document itself if it has none of these.
 */
export function viewOf<D extends object>(contract: Contract, document: D, direction: Direction): D {
  if (!/"(readOnly|writeOnly|discriminator)":/.test(JSON.stringify(document))) return document;
  const [hidden, shown] = direction === 'request' ? ['readOnly', 'writeOnly'] : ['writeOnly', 'readOnly'];
  const isHidden = (schema: unknown) =>
    typeof schema === 'object' &&
    schema !== null &&
    resolve<Schema>(contract, schema as Schema & { $ref: string })[hidden] === true;

  const view = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(view);
    if (typeof node !== 'object' || node === null) return node;
    const schema: Schema = { ...node };
    if (schema[hidden] === true) delete schema[hidden];
    if (schema[shown] === true) delete schema[shown];
    const properties = typeof schema.properties === 'object' ? Object.entries(schema.properties) : [];
    const names = properties.filter(([, property]) => isHidden(property)).map(([name]) => name);
    if (names.length > 0) {
      const forbidden = names.map((name): [string, Schema] => [name, { not: {}, [HIDDEN]: hidden }]);
      schema.properties = { ...schema.properties, ...Object.fromEntries(forbidden) };
      if (Array.isArray(schema.required)) schema.required = schema.required.filter((name) => !names.includes(name));
    }
    fixVariants(schema);
    return Object.fromEntries(
      Object.entries(schema).map(([key, value]) => [key, DATA_KEYWORDS.has(key) ? value : view(value)]),
    );
  };
  // The copy of each object has the same fields.
  return view(document) as D;
}

interface Discriminator {
  propertyName: string;
  mapping?: Record<string, string>;
}

/** Lets each variant allow its own value of the property only. */
function fixVariants(schema: Schema): void {
  const { discriminator, oneOf } = schema as { discriminator?: Discriminator; oneOf?: { $ref?: string }[] };
  if (!discriminator?.propertyName || !Array.isArray(oneOf)) return;
  const { propertyName, mapping = {} } = discriminator;
  schema.oneOf = oneOf.map((variant) => {
    const name = variant.$ref?.split('/').at(-1) ?? '';
    const mapped = Object.entries(mapping).filter(([, target]) => target === variant.$ref || target === name);
    const values = mapped.length > 0 ? mapped.map(([value]) => value) : [name];
    return { required: [propertyName], properties: { [propertyName]: { enum: values } }, allOf: [variant] };
  });
  // With a discriminator, Ajv reports the errors of one variant only. It does not support `mapping`.
  schema.discriminator = { propertyName };
  // Ajv then ignores values that are not objects.
  schema.type ??= 'object';
}
