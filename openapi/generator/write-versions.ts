// Writes generated/versions.ts: the live versions, and what conversions between them are typed by.
import type { Contract } from '../model/contract.ts';
import type { OlderContract } from '../model/versions/older-contract.ts';

/** The text of generated/versions.ts. */
export function writeVersions(newest: Contract, older: readonly Pick<OlderContract, 'version'>[]): string {
  const names = older.map(({ version }) => ({ version, name: `V${version.replaceAll('-', '')}` }));
  const imports = names.map(
    ({ version, name }) => `import { contract as contract${name} } from './versions/${version}/contract.ts';
import type { Handlers as Handlers${name} } from './versions/${version}/operations.ts';
`,
  );
  const contracts = names.map(({ version, name }) => `  { version: '${version}', contract: contract${name} },\n`);
  const handlers = [
    ...names.map(({ version, name }) => [version, `Handlers${name}`]),
    [newest.info.version, 'Handlers'],
  ];
  return `import type { OlderContract } from '../openapi/model/versions/older-contract.ts';
import type { Handlers } from './operations.ts';
${imports.join('')}
/** The contracts of the live versions before the newest, oldest first. */
export const olderContracts: readonly OlderContract[] = [${contracts.length > 0 ? `\n${contracts.join('')}` : ''}];

/** Each live version with the handlers that it would have, oldest first. */
export type LiveVersions = [
${handlers.map(([version, type]) => `  [version: ${JSON.stringify(version)}, handlers: ${type}],`).join('\n')}
];
`;
}
