// Writes the contract as a collection for Postman, with Postman's own converter.
import { convertV2 } from 'openapi-to-postmanv2';
import type { Contract } from '../../model/contract.ts';
import { DEMO_CREDENTIALS, sampleBaseUrl } from '../samples/sample-requests.ts';

/** The converter uses examples instead of made-up values, and the credentials of the collection for each request. */
const OPTIONS = {
  folderStrategy: 'Tags',
  parametersResolution: 'Example',
  requestParametersResolution: 'Example',
  exampleParametersResolution: 'Example',
  alwaysInheritAuthentication: true,
} as const;

/** @throws Error when the converter does not take the contract */
export async function postmanCollection(contract: Contract): Promise<string> {
  const collection = await convert(contract);
  const variables = {
    baseUrl: sampleBaseUrl(contract),
    basicAuthUsername: DEMO_CREDENTIALS.clientId,
    basicAuthPassword: DEMO_CREDENTIALS.clientSecret,
  };
  const variable = Object.entries(variables).map(([key, value]) => ({ key, value, type: 'string' }));
  return `${JSON.stringify(settle({ ...collection, variable }), null, 2)}\n`;
}

function convert(contract: Contract): Promise<object> {
  return new Promise((resolve, reject) => {
    // The converter modifies its input, and appends contacts to the description.
    const data = structuredClone(contract);
    Reflect.deleteProperty(data.info, 'contact');
    convertV2({ type: 'json', data }, OPTIONS, (error, result) => {
      const [output] = result?.output ?? [];
      if (error || !output) reject(new Error(`No Postman collection: ${result?.reason ?? error}`));
      else resolve(output.data);
    });
  });
}

/** Links to sections of the site, which do not exist in a collection. */
const SECTION_LINK = /\[([^\]]*)\]\(#[^)]*\)/g;

/**
 * Removes IDs, which differ in each run and which Postman assigns itself, and makes Postman generate idempotency keys.
 */
function settle(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(settle);
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).filter(([key]) => key !== 'id' && key !== '_postman_id');
  if ('content' in node && 'type' in node && typeof node.content === 'string')
    return { content: node.content.replace(SECTION_LINK, '$1'), type: 'text/markdown' };
  // The converter shows each error as the response to the first example, which is a valid request.
  const isError = 'code' in node && Number(node.code) >= 400;
  const isKey = 'key' in node && node.key === 'Idempotency-Key';
  return Object.fromEntries(
    entries
      .filter(([key]) => !(isError && key === 'originalRequest'))
      .map(([key, value]) => [key, isKey && key === 'value' ? '{{$guid}}' : settle(value)]),
  );
}
