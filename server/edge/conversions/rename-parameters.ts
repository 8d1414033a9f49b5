// The names of the parameters of a path may differ between versions; their order does not.
import type { Step } from '../exchange/exchange.ts';

/** Creates the step that renames path parameters to the names that they have in another version. */
export function renameParameters(from: string, to: string): Step {
  const [before = [], after = []] = [from, to].map(parameterNames);
  const isSame = String(before) === String(after);
  return ({ request }) => {
    if (isSame) return;
    const { params } = request;
    request.params = Object.fromEntries(after.map((name, index) => [name, String(params[before[index] ?? ''])]));
  };
}

/** Returns the names of the path parameters in order. */
function parameterNames(path: string): string[] {
  return [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name);
}
