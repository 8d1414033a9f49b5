// Keeps express-openapi-validator from paying for a stack trace with every request.
import { runInThisContext } from 'node:vm';

/**
 * The validator (5.6.2) takes each URL apart with `url.parse`. Node warns of that function once, but never of calls from node_modules, so until somebody else
 * calls it each call looks up from where it comes, which takes as long as the rest of the validation. This is the other call, with the warning withheld: its
 * code has no file, so it counts as outside of node_modules wherever this package lies.
 */
export function skipStackTraces(): void {
  const { noDeprecation } = process;
  process.noDeprecation = true;
  runInThisContext('(parse) => void parse("/")', { filename: 'skip-stack-traces' })(
    process.getBuiltinModule('node:url').parse,
  );
  if (noDeprecation === undefined) delete process.noDeprecation;
  else process.noDeprecation = noDeprecation;
}
