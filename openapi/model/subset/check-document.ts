// Checks the document as a whole: version, servers, security.

import { checkLimits } from './check-limits.ts';
import { OperationCheck } from './check-operation.ts';
import { createSchemaCheck } from './check-schema.ts';
import { fieldOf, type Inspector, isInherited, type Place, textOf } from './inspector.ts';

/** Rejects everything in the document that some part of the chain does not support. */
export function checkDocument(inspector: Inspector, root: Place): void {
  checkFields(inspector, root);
  checkComponentNames(inspector, root);
  checkServers(inspector, root);
  const checkSchema = createSchemaCheck(inspector);
  const operations = new OperationCheck(inspector, checkSchema);
  const paths = inspector.at(root, 'paths');
  if (!paths || inspector.children(paths).length === 0)
    inspector.reject(root, 'The document has no paths.', 'Write at least one operation below `paths`.');
  else operations.checkPaths(paths);
  for (const [status, response] of inspector.children(inspector.at(root, 'x-fallback-responses'))) {
    operations.checkResponse(status, response);
    if (status !== '404' && status !== '405')
      inspector.reject(response, `No fallback response has the status ${status}.`, 'Keep 404 and 405.');
  }
  checkSecurity(inspector, root);
  checkLimits(inspector, root);
  // Types are generated for unused schemas too.
  for (const [, schema] of inspector.children(inspector.at(root, 'components', 'schemas')))
    checkSchema(schema, 'component');
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
      inspector.reject(
        server,
        `The server has no valid URL: ${url}.`,
        'Correct it, and the defaults of its variables.',
      );
  }
  if (servers && paths.size > 1)
    inspector.reject(
      servers,
      `All servers must have the same base path, but have: ${[...paths].map((path) => path || '/').join(', ')}.`,
      'Move what differs into the paths.',
    );
}

/** Dialects that have the same meaning as the default. */
const DIALECTS = [
  'https://spec.openapis.org/oas/3.1/dialect/base',
  'https://spec.openapis.org/oas/3.1/dialect/2024-11-10',
  'https://json-schema.org/draft/2020-12/schema',
];

export function checkDialect(inspector: Inspector, root: Place): void {
  const dialect = fieldOf(root.node, 'jsonSchemaDialect');
  if (dialect !== undefined && !DIALECTS.includes(String(dialect)))
    inspector.reject(
      { node: dialect, location: root.location.child(['jsonSchemaDialect']) },
      'Schemas are read in the dialect of OpenAPI 3.1 only.',
      'Remove `jsonSchemaDialect`.',
    );
}

function checkFields(inspector: Inspector, root: Place): void {
  checkDialect(inspector, root);
  if (fieldOf(root.node, 'info') === undefined)
    inspector.reject(root, 'The document has no `info`.', 'Write one with `title` and `version`.');
}

/** The names that OpenAPI 3.1, section 4.8.7, allows. References, types and files contain them. */
function checkComponentNames(inspector: Inspector, root: Place): void {
  for (const [section, group] of inspector.children(inspector.at(root, 'components'))) {
    if (section.startsWith('x-')) continue;
    for (const name of Object.keys(Object(group.node))) {
      if (/^[\w.-]+$/.test(name) && !isInherited(name)) continue;
      const reason = isInherited(name)
        ? `A component cannot have the name \`${name}\` in JavaScript.`
        : `\`${name}\` is no name of a component.`;
      inspector.reject(
        { node: undefined, location: group.location.child([name]) },
        reason,
        'Choose another name, of letters, digits and `_ - .`.',
      );
    }
  }
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
    inspector.reject(security, 'The edge enforces one security requirement, not a choice of them.', ONLY_BASIC);
  for (const [, requirement] of requirements) {
    const schemes = inspector.children(requirement);
    if (schemes.length !== 1)
      inspector.reject(requirement, 'The edge enforces exactly one scheme of a requirement.', ONLY_BASIC);
    for (const [name, scopes] of schemes) {
      const scheme = inspector.at(root, 'components', 'securitySchemes', name);
      if (!scheme) {
        inspector.reject(
          requirement,
          `There is no security scheme \`${name}\`.`,
          'Write it below `components/securitySchemes`.',
        );
        continue;
      }
      const type = textOf(scheme.node, 'type');
      // Redocly reports what is missing.
      if (type === undefined || (type === 'http' && textOf(scheme.node, 'scheme') === undefined)) continue;
      const kind = type === 'http' ? textOf(scheme.node, 'scheme') : type;
      if (type !== 'http' || kind?.toLowerCase() !== 'basic')
        inspector.reject(
          requirement,
          `The edge does not enforce the security scheme \`${name}\` (${kind}).`,
          ONLY_BASIC,
        );
      else if (Array.isArray(scopes.node) && scopes.node.length > 0)
        inspector.reject(requirement, 'The edge does not enforce scopes.', ONLY_BASIC);
    }
  }
}
