// The stated subset of OpenAPI as a rule of Redocly, whose locations also lead into other files.
import { checkDocument } from './check-document.ts';
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

/** A plugin with the rule `subset/supported`. */
export const subsetPlugin = {
  id: 'subset',
  rules: { oas2: { supported: subsetRule }, oas3: { supported: subsetRule } },
};
