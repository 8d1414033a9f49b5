// The document as a whole: version, servers, security.
import { OperationCheck } from './check-operation.ts';
import { createSchemaCheck } from './check-schema.ts';
import { fieldOf, type Inspector, isInherited, type Place, textOf } from './inspector.ts';

/** Refuses everything in the document that some part of the chain does not support. */
export function checkDocument(inspector: Inspector, root: Place): void {
  const version = textOf(root.node, 'openapi') ?? textOf(root.node, 'swagger') ?? '';
  if (!/^3\.1\.\d+$/.test(version)) {
    const key = fieldOf(root.node, 'swagger') === undefined ? 'openapi' : 'swagger';
    inspector.refuse(
      { node: version, location: root.location.child([key]) },
      `OpenAPI ${version} is not supported.`,
      'Convert the document to OpenAPI 3.1.',
    );
    // In another version the rest has another meaning.
    return;
  }
  checkServers(inspector, root);
  const checkSchema = createSchemaCheck(inspector);
  const operations = new OperationCheck(inspector, checkSchema);
  const paths = inspector.at(root, 'paths');
  if (!paths || inspector.children(paths).length === 0)
    inspector.refuse(root, 'The document has no paths.', 'Write at least one operation below `paths`.');
  else operations.checkPaths(paths);
  for (const [status, response] of inspector.children(inspector.at(root, 'x-fallback-responses'))) {
    operations.checkResponse(status, response);
    if (status !== '404' && status !== '405')
      inspector.refuse(response, `No fallback response has the status ${status}.`, 'Keep 404 and 405.');
  }
  checkSecurity(inspector, root);
  // Types are generated for unused schemas too.
  for (const [name, schema] of inspector.children(inspector.at(root, 'components', 'schemas'))) {
    if (isInherited(name))
      inspector.refuse(schema, `A schema cannot have the name \`${name}\` in JavaScript.`, 'Choose another name.');
    checkSchema(schema, 'component');
  }
}

function checkServers(inspector: Inspector, root: Place): void {
  const servers = inspector.at(root, 'servers');
  const paths = new Set<string>();
  for (const [, server] of inspector.children(servers)) {
    const variables = inspector.at(server, 'variables');
    const url = (textOf(server.node, 'url') ?? '').replace(/\{([^}]*)\}/g, (_, name: string) => {
      const variable = variables && inspector.at(variables, name);
      return textOf(variable?.node, 'default') ?? '';
    });
    // A relative URL is one of the host that serves the document.
    if (URL.canParse(url, 'http://localhost')) paths.add(new URL(url, 'http://localhost').pathname.replace(/\/$/, ''));
    else
      inspector.refuse(
        server,
        `The server has no valid URL: ${url}.`,
        'Correct it, and the defaults of its variables.',
      );
  }
  if (servers && paths.size > 1)
    inspector.refuse(
      servers,
      `All servers must have the same base path, but have: ${[...paths].map((path) => path || '/').join(', ')}.`,
      'Move what differs into the paths.',
    );
}

/** The edge enforces HTTP Basic, or nothing at all. */
function checkSecurity(inspector: Inspector, root: Place): void {
  const own = inspector.at(root, 'security');
  if (own) checkRequirements(inspector, root, own);
  for (const [, item] of inspector.children(inspector.at(root, 'paths'))) {
    for (const [, operation] of inspector.children(item)) {
      const security = inspector.at(operation, 'security');
      if (security) checkRequirements(inspector, root, security);
    }
  }
}

const ONLY_BASIC = 'Write one requirement with one scheme of `type: http` and `scheme: basic`, or `security: []`.';

function checkRequirements(inspector: Inspector, root: Place, security: Place): void {
  const requirements = inspector.children(security);
  if (requirements.length > 1)
    inspector.refuse(security, 'The edge enforces one security requirement, not a choice of them.', ONLY_BASIC);
  for (const [, requirement] of requirements) {
    const schemes = inspector.children(requirement);
    if (schemes.length !== 1)
      inspector.refuse(requirement, 'The edge enforces exactly one scheme of a requirement.', ONLY_BASIC);
    for (const [name, scopes] of schemes) {
      const scheme = inspector.at(root, 'components', 'securitySchemes', name);
      if (!scheme) {
        inspector.refuse(
          requirement,
          `There is no security scheme \`${name}\`.`,
          'Write it below `components/securitySchemes`.',
        );
        continue;
      }
      const type = textOf(scheme.node, 'type');
      const kind = type === 'http' ? textOf(scheme.node, 'scheme') : type;
      if (type !== 'http' || kind?.toLowerCase() !== 'basic')
        inspector.refuse(
          requirement,
          `The edge does not enforce the security scheme \`${name}\` (${kind}).`,
          ONLY_BASIC,
        );
      else if (Array.isArray(scopes.node) && scopes.node.length > 0)
        inspector.refuse(requirement, 'The edge does not enforce scopes.', ONLY_BASIC);
    }
  }
}
