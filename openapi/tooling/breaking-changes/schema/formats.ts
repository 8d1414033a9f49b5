// Which texts have a format, as the validators of this project decide it.
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

const ajv = new Ajv();
formats.default(ajv);
const validators = new Map<string, (text: string) => boolean>();

export function isKnownFormat(format: string): boolean {
  return format in ajv.formats;
}

/** An unknown format restricts nothing that anybody knows. */
export function isOfFormat(format: string, text: string): boolean {
  if (!isKnownFormat(format)) return true;
  const validate = validators.get(format) ?? ajv.compile<string>({ format });
  validators.set(format, validate);
  return validate(text);
}
