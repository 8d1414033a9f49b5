// Finds missing docstrings of the package's public API, and reads their examples.
import ts from 'typescript';

/**
 * Public names without a docstring, or functions and classes without an example, as `Name: what is missing`. Public are
 * the exports of the entries, their members, and the types that these name.
 *
 * @param entries files that are exported from
 * @param text used instead of the content of the entries
 */
export function findUndocumented(entries: readonly string[], text?: string): string[] {
  const program = createProgram(entries, text);
  const checker = program.getTypeChecker();
  const missing = new Set<string>();
  const seen = new Set<ts.Symbol>();

  const isOurs = (declaration: ts.Node) => !declaration.getSourceFile().fileName.includes('/node_modules/');
  const isExplained = (symbol: ts.Symbol) =>
    symbol.getDocumentationComment(checker).length > 0 ||
    symbol.getJsDocTags(checker).some(({ name }) => name === 'description');

  /** An export needs a docstring, and an example if it can be called. */
  function visitExport(exported: ts.Symbol): void {
    const symbol = resolve(checker, exported);
    visit(symbol, symbol.name);
    const isCalled = symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Class);
    if (isCalled && !exampleOf(checker, symbol)) missing.add(`${symbol.name}: no @example`);
  }

  function visit(symbol: ts.Symbol, name: string): void {
    const declarations = symbol.declarations?.filter(isOurs) ?? [];
    if (declarations.length === 0 || seen.has(symbol) || symbol.flags & ts.SymbolFlags.TypeParameter) return;
    seen.add(symbol);
    if (!isExplained(symbol)) missing.add(`${name}: no docstring`);
    for (const declaration of declarations) visitParts(declaration, name);
  }

  /** Visits members and the types that a declaration names, but no function bodies. */
  function visitParts(node: ts.Node, name: string): void {
    ts.forEachChild(node, (child) => {
      if (ts.isBlock(child) || ts.isConstructorDeclaration(child) || ts.isJSDoc(child) || isHidden(child)) return;
      // Types computed from the contract are described in the contract.
      if (ts.isConditionalTypeNode(child) || ts.isMappedTypeNode(child) || isGenerated(child)) return;
      // Constraints of type parameters are not part of what a user reads.
      if (ts.isTypeParameterDeclaration(child)) return;
      if (isMember(child)) return visitMember(child, `${name}.${child.name.getText()}`);
      if (ts.isTypeReferenceNode(child) || ts.isExpressionWithTypeArguments(child)) visitNamed(child);
      visitParts(child, name);
    });
  }

  function visitMember(member: Member, name: string): void {
    const symbol = checker.getSymbolAtLocation(member.name);
    const type = ts.isPropertySignature(member) ? member.type : undefined;
    // `kind: 'created'` explains itself; an override is explained where it is declared first.
    const explainsItself = type && (ts.isLiteralTypeNode(type) || type.kind === ts.SyntaxKind.UndefinedKeyword);
    if (symbol && !explainsItself && !isOverride(member) && !isExplained(symbol)) missing.add(`${name}: no docstring`);
    visitParts(member, name);
  }

  function visitNamed(reference: ts.TypeReferenceNode | ts.ExpressionWithTypeArguments): void {
    const named = checker.getSymbolAtLocation(
      ts.isTypeReferenceNode(reference) ? reference.typeName : reference.expression,
    );
    if (named) visit(resolve(checker, named), resolve(checker, named).name);
  }

  for (const entry of entries) for (const exported of exportsOf(program, entry)) visitExport(exported);
  return [...missing];
}

/** The example of each export of an entry; undefined where there is none. */
export function readExamples(entry: string): Map<string, string | undefined> {
  const program = createProgram([entry]);
  const checker = program.getTypeChecker();
  return new Map(
    exportsOf(program, entry).map((symbol) => [symbol.name, exampleOf(checker, resolve(checker, symbol))]),
  );
}

function exportsOf(program: ts.Program, entry: string): ts.Symbol[] {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(entry);
  const module = file && checker.getSymbolAtLocation(file);
  if (!module) throw new Error(`${entry} exports nothing.`);
  return checker.getExportsOfModule(module);
}

function resolve(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function exampleOf(checker: ts.TypeChecker, symbol: ts.Symbol): string | undefined {
  const tag = symbol.getJsDocTags(checker).find(({ name }) => name === 'example');
  return tag && ts.displayPartsToString(tag.text);
}

function createProgram(entries: readonly string[], given?: string): ts.Program {
  const options: ts.CompilerOptions = {
    ...{ target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.NodeNext, strict: true, noEmit: true },
    ...{ allowImportingTsExtensions: true, resolveJsonModule: true, types: ['node'] },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (path, target) =>
    given !== undefined && entries.includes(path)
      ? ts.createSourceFile(path, given, target)
      : getSourceFile(path, target);
  return ts.createProgram(entries, options, host);
}

type Member = (ts.TypeElement | ts.ClassElement) & { name: ts.PropertyName };

function isMember(node: ts.Node): node is Member {
  return (ts.isTypeElement(node) || ts.isClassElement(node)) && node.name !== undefined;
}

/** `#fields` and `private` members: no user can reach them. */
function isHidden(node: ts.Node): boolean {
  if (!ts.canHaveModifiers(node)) return false;
  const isPrivate = ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword);
  return isPrivate || (ts.isClassElement(node) && node.name !== undefined && ts.isPrivateIdentifier(node.name));
}

/** The generated types of the contract: the contract describes them. */
function isGenerated(node: ts.Node): boolean {
  return node.getSourceFile().fileName.endsWith('/generated/schema.ts');
}

function isOverride(node: ts.Node): boolean {
  return (
    ts.canHaveModifiers(node) &&
    ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.OverrideKeyword) === true
  );
}
