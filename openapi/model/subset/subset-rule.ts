// Checks the stated subset of OpenAPI as a rule of Redocly, whose locations also lead into other files.
import { checkDialect, checkDocument } from './check-document.ts';
import { Inspector, type Report, type ResolveReference, type SourceLocation } from './inspector.ts';

interface RuleContext {
  location: SourceLocation;
  resolve: ResolveReference;
  report: Report;
}

/** Reports each construct that is not supported. openapi/README.md has the table. */
function subsetRule() {
  return {
    Root(node: unknown, { location, resolve, report }: RuleContext): void {
      checkDocument(new Inspector(resolve, report), { node, location });
    },
  };
}

/** Reports a dialect of JSON Schema that would be misread. */
function dialectRule() {
  return {
    Root(node: unknown, { location, resolve, report }: RuleContext): void {
      checkDialect(new Inspector(resolve, report), { node, location });
    },
  };
}

const rules = { supported: subsetRule, dialect: dialectRule };

/** A plugin with the rules `subset/supported` and `subset/dialect`. */
export const subsetPlugin = { id: 'subset', rules: { oas2: rules, oas3: rules } };
