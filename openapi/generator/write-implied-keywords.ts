// Writes generated/implied-keywords.ts: the keywords that need no check once a string matches its pattern.
import type { Contract, Schema } from '../model/contract.ts';
import { FORMATS, isSubset, type StringLimits } from './compare-strings.ts';

/** The keywords of strings, each as a limit that can be compared with a pattern. */
const LIMITS: Readonly<Record<string, (value: unknown) => Partial<StringLimits> | undefined>> = {
  minLength: (value) => ({ minLength: Number(value) }),
  maxLength: (value) => ({ maxLength: Number(value) }),
  format: (value) => {
    const pattern = FORMATS[String(value)];
    return pattern === undefined ? undefined : { patterns: [pattern] };
  },
};

const ANYTHING: StringLimits = { minLength: 0, maxLength: Number.POSITIVE_INFINITY, patterns: [] };

/** The text of generated/implied-keywords.ts, for the newest contract and the live ones before it. */
export function writeImpliedKeywords(contracts: readonly Contract[]): string {
  const implied = new Map<string, Map<string, [keyword: string, value: unknown]>>();
  JSON.stringify(contracts, (_, schema: Schema | null) => {
    const pattern = schema?.pattern;
    if (typeof pattern !== 'string') return schema;
    const known = implied.get(pattern) ?? new Map();
    for (const [keyword, value] of Object.entries(schema ?? {}))
      if (isImplied(pattern, keyword, value)) known.set(`${keyword} ${value}`, [keyword, value]);
    if (known.size > 0) implied.set(pattern, known);
    return schema;
  });
  const table = Object.fromEntries([...implied].map(([pattern, known]) => [pattern, [...known.values()]]));
  return `type Keyword = readonly [keyword: string, value: unknown];

/** Keywords beside each pattern that every string satisfies if it matches the pattern. */
export const impliedKeywords: Readonly<Record<string, readonly Keyword[]>> = ${JSON.stringify(table, null, 2)};
`;
}

function isImplied(pattern: string, keyword: string, value: unknown): boolean {
  const limits = LIMITS[keyword]?.(value);
  return limits !== undefined && isSubset({ ...ANYTHING, patterns: [pattern] }, { ...ANYTHING, ...limits }) === true;
}
