// The requirements of the suite are all stated in the contract: by a constraint, a declaration or a sentence.
import { describe, expect, it } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import type { Case } from '../cases/case.ts';
import { DEMANDS, type DemandName, demandsOf } from '../cases/demands.ts';
import { readPointer } from '../cases/schema.ts';
import { RESPONSE_RULES } from '../rules.ts';
import { createSuite } from '../run/suite.ts';
import { RICH_SUBJECT } from './support/rich-subject.ts';

const { cases } = createSuite({ contract, subject: RICH_SUBJECT, seed: 1, combinations: 20 });

/**
 * The requirements of rules for every response. The other rules for every response name a part of it in the contract.
 */
const OF_RESPONSES: Record<string, DemandName[]> = {
  version: ['version of responses'],
  'request id': ['request ID'],
  semantics: ['owner', 'members', 'new IDs', 'names'],
  disclosure: ['no internals'],
};
const NAME_THEIR_PLACE = [
  ...['response', 'status', 'media type', 'body', 'required header', 'header value'],
  'undeclared header',
];

/** The requirements for responses that are repeated, or that are the reason to repeat a request. */
const OF_REPLAYS: DemandName[] = ['created once', 'at the same time', 'only replays', 'waits'];

/** Rules whose cases may rely on a declaration: RFC 9110 or 8259 defines the declared method or media type. */
const DECLARATIONS: Record<string, RegExp> = {
  'media-type': /\/content\/application~1json$/,
  json: /\/content\/application~1json$/,
  method: /^\/x-fallback-responses\/405$/,
  path: /^\/x-fallback-responses\/404$/,
};

/** Whether the pointer leads to the requirement of the case: its keyword, or the schema of a valid value. */
function namesItsPlace({ rule, pointer }: Case): boolean {
  if (rule === 'combination') return true; // The parts are those of other cases.
  if (rule === 'valid') return /\/(schemas|schema|examples|requestBody|parameters)\b/.test(pointer);
  if (rule in DECLARATIONS) return DECLARATIONS[rule]?.test(pointer) ?? false;
  const keyword = rule === 'required' ? /\/required(\/\d+)?$/ : new RegExp(`/${rule}$`);
  return keyword.test(pointer);
}

describe('the demands', () => {
  const stated = demandsOf(contract);

  it.each(Object.keys(DEMANDS))('are in the contract: %s', (name) => {
    expect([...stated]).toContain(name);
  });

  it('cover every case', () => {
    for (const each of cases) expect(() => readPointer(contract, each.pointer), each.name).not.toThrow();
    const unfounded = cases.filter((each) => each.demand === undefined && !namesItsPlace(each));

    expect(unfounded.map(({ name, pointer }) => `${name} at ${pointer}`)).toEqual([]);
  });

  it('cover every rule of responses', () => {
    expect(Object.keys(RESPONSE_RULES).sort()).toEqual([...Object.keys(OF_RESPONSES), ...NAME_THEIR_PLACE].sort());
  });

  it('are all used by a case or a rule', () => {
    const made = new Set([
      ...cases.flatMap(({ demand, message, header }) => [demand, message?.demand, header?.demand]),
      ...Object.values(OF_RESPONSES).flat(),
      ...OF_REPLAYS,
    ]);

    expect(Object.keys(DEMANDS).filter((name) => !made.has(name as DemandName))).toEqual([]); // The keys of the table.
  });

  it('are dropped for a contract that does not state them', () => {
    const silent = structuredClone(contract);
    silent.info.description = '';

    const names = new Set(
      createSuite({ contract: silent, subject: RICH_SUBJECT, seed: 1, combinations: 0 }).cases.map(
        ({ demand }) => demand,
      ),
    );

    const introduced = Object.entries(DEMANDS).filter(([, { pointer }]) => pointer === '/info/description');
    expect(introduced.filter(([name]) => names.has(name as DemandName))).toEqual([]); // The keys of the table.
    expect(introduced.length).toBeGreaterThan(20);
  });
});
