// Lets optional parameters be undefined in the types that openapi-typescript writes.
import ts from 'typescript';

type WithProperties = ts.InterfaceDeclaration | ts.TypeLiteralNode;
type Change = (property: ts.PropertySignature, type: ts.TypeNode) => ts.TypeNode;

/**
 * Returns the node with `| undefined` for each optional parameter of a path or an operation. Under TypeScript's option
 * `exactOptionalPropertyTypes`, clients could otherwise not pass on a key that may be undefined.
 */
export function allowUndefinedParameters(node: ts.Node): ts.Node {
  const isTable = ts.isInterfaceDeclaration(node) && ['paths', 'operations'].includes(node.name.text);
  if (!isTable) return node;
  return changeTypes(
    node,
    inProperties((property, type) => (nameOf(property) === 'parameters' ? inGroups(property, type) : type)),
  );
}

/** Changes the types of parameters, which are grouped by `in` and then by name. */
const inGroups = inProperties(
  inProperties((property, type) => {
    const { UndefinedKeyword } = ts.SyntaxKind;
    if (!property.questionToken) return type;
    return ts.factory.createUnionTypeNode([type, ts.factory.createKeywordTypeNode(UndefinedKeyword)]);
  }),
);

/** Changes the types of the properties of a type that has any. */
function inProperties(change: Change): Change {
  return (_, type) => (ts.isTypeLiteralNode(type) ? changeTypes(type, change) : type);
}

function changeTypes<N extends WithProperties>(node: N, change: Change): N {
  const visit: ts.Visitor = (child) => {
    if (!ts.isPropertySignature(child) || !child.type) return child;
    const { modifiers, name, questionToken, type } = child;
    return ts.factory.updatePropertySignature(child, modifiers, name, questionToken, change(child, type));
  };
  return ts.visitEachChild(node, visit, undefined);
}

function nameOf({ name }: ts.PropertySignature): string | undefined {
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : undefined;
}
