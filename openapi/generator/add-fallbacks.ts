// Adds the fallback responses to the operations of the paths, in the types that openapi-typescript writes.
import ts from 'typescript';
import type { Contract } from '../model/contract.ts';
import { readOperationTables } from '../model/operation-tables.ts';

/**
 * Returns the node; in the paths, each operation also has the fallback responses. The types of handlers do not change.
 */
export function addFallbacks(node: ts.Node): ts.Node {
  if (!ts.isInterfaceDeclaration(node) || node.name.text !== 'paths') return node;
  const visit: ts.Visitor = (child) =>
    isOperation(child)
      ? ts.factory.createTypeReferenceNode('WithFallbacks', [child, ts.factory.createTypeReferenceNode('Fallbacks')])
      : ts.visitEachChild(child, visit, undefined);
  return ts.visitEachChild(node, visit, undefined);
}

/** Whether a node is a reference such as `operations['createThing']`. */
function isOperation(node: ts.Node): node is ts.IndexedAccessTypeNode {
  if (!ts.isIndexedAccessTypeNode(node) || !ts.isTypeReferenceNode(node.objectType)) return false;
  const { typeName } = node.objectType;
  return ts.isIdentifier(typeName) && typeName.text === 'operations';
}

/** The text of the types that `paths` refers to. */
export function writeFallbackTypes(contract: Contract): string {
  const lines = readOperationTables(contract).fallbackResponses.map(
    ({ status, types }) => `    ${status}: ${types.map((type) => JSON.stringify(type)).join(' | ') || 'never'};\n`,
  );
  return `import type { WithFallbacks } from '../openapi/model/fallback-types.ts';

/** The error types of responses to requests that reach no operation, by status. */
interface Fallbacks {
${lines.join('')}}
`;
}
