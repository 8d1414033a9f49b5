// Decides which texts have a format, as the validators of this project do.
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

const ajv = new Ajv();
formats.default(ajv);
const validators = new Map<string, (text: string) => boolean>();

export function isKnownFormat(format: string): boolean {
  return format in ajv.formats;
}

/** Whether a text has a format. An unknown format restricts nothing. */
export function isOfFormat(format: string, text: string): boolean {
  if (!isKnownFormat(format)) return true;
  const validate = validators.get(format) ?? ajv.compile<string>({ format });
  validators.set(format, validate);
  return validate(text);
}

/** Formats, each with the formats that include it (JSON Schema validation, section 7.3). */
const WIDER: Readonly<Record<string, readonly string[]>> = {
  email: ['idn-email'],
  hostname: ['idn-hostname'],
  uri: ['uri-reference', 'iri', 'iri-reference'],
  'uri-reference': ['iri-reference'],
  iri: ['iri-reference'],
};

/** Whether each text of the first format has the second one. */
export function impliesFormat(narrow: string, wide: string): boolean {
  return narrow === wide || (WIDER[narrow]?.includes(wide) ?? false);
}
