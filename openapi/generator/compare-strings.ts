// Compares the strings that keywords allow. Automata decide, so that equivalent patterns count as equal.
import { CharSet, DFA, isDisjointWith, JS, NFA, type NoParent } from 'refa';

type Expression = NoParent<JS.ParseResult['expression']>;
type Alternative = Expression['alternatives'][number];
type Element = Alternative['elements'][number];

/** The keywords that restrict a string. */
export interface StringLimits {
  minLength: number;
  maxLength: number;
  patterns: readonly string[];
}

/** Larger automata would take seconds. */
const MAX_NODES = 20_000;
/** Lengths above this limit are compared as numbers. */
const MAX_LENGTH = 2_000;
const MAX_CHARACTER = 0x10_ff_ff;
const ANYTHING: Extract<Element, { type: 'Quantifier' }> = {
  type: 'Quantifier',
  min: 0,
  max: Number.POSITIVE_INFINITY,
  lazy: false,
  alternatives: [
    { type: 'Concatenation', elements: [{ type: 'CharacterClass', characters: CharSet.all(MAX_CHARACTER) }] },
  ],
};

/**
 * Whether `wide` allows each string that `narrow` allows. Undefined when that cannot be decided: for lookarounds, back
 * references, anchors within a pattern, and automata that are too large.
 */
export function isSubset(narrow: StringLimits, wide: StringLimits): boolean | undefined {
  const key = JSON.stringify(
    [narrow, wide].map(({ minLength, maxLength, patterns }) => [minLength, maxLength, patterns]),
  );
  if (!results.has(key)) results.set(key, decide(narrow, wide));
  return results.get(key);
}

/** Whether no string is allowed. Also false when that cannot be decided. */
export function allowsNoString({ minLength, maxLength, patterns }: StringLimits): boolean {
  return minLength > maxLength || isSubset({ minLength, maxLength, patterns }, NOTHING) === true;
}

const NOTHING: StringLimits = { minLength: 1, maxLength: 0, patterns: [] };

/** Caches the results, because a component is compared in many places. */
const results = new Map<string, boolean | undefined>();

function decide(narrow: StringLimits, wide: StringLimits): boolean | undefined {
  // No string has such a length.
  if (narrow.minLength > narrow.maxLength) return true;
  try {
    const inside = automatonOf(narrow);
    if (wide.minLength > wide.maxLength) return inside.isEmpty;
    return automataOf(wide).every((automaton) => {
      automaton.complement();
      return isDisjointWith(inside, automaton);
    });
  } catch {
    // refa throws for what it does not support.
    return undefined;
  }
}

function automatonOf(limits: StringLimits): DFA {
  const automata = automataOf(limits);
  const [first, ...others] = automata;
  return others.reduce((all, each) => intersect(all, each), first ?? fromElements([ANYTHING]));
}

function intersect(left: DFA, right: DFA): DFA {
  return DFA.fromIntersection(left, right, new DFA.LimitedNodeFactory(MAX_NODES));
}

function automataOf({ minLength, maxLength, patterns }: StringLimits): DFA[] {
  const lengths = minLength > 0 || maxLength !== Number.POSITIVE_INFINITY;
  if (minLength > MAX_LENGTH || (maxLength > MAX_LENGTH && maxLength !== Number.POSITIVE_INFINITY))
    throw new RangeError(`Lengths above ${MAX_LENGTH} are not compared by automata.`);
  const repeated: Element = { ...ANYTHING, min: minLength, max: maxLength };
  return [...patterns.map(fromPattern), ...(lengths ? [fromElements([repeated])] : [])];
}

function fromPattern(source: string): DFA {
  // JSON Schema validators compile patterns with this flag.
  const { expression } = JS.Parser.fromLiteral({ source, flags: 'u' }).parse({ backreferences: 'throw' });
  return fromExpression({ type: 'Expression', alternatives: expression.alternatives.flatMap(unanchor) });
}

function fromElements(elements: Element[]): DFA {
  return fromExpression({ type: 'Expression', alternatives: [{ type: 'Concatenation', elements }] });
}

function fromExpression(expression: Expression): DFA {
  const options = { assertions: 'throw' } as const;
  const factory = new NFA.LimitedNodeFactory(MAX_NODES);
  const nfa = NFA.fromRegex(expression, { maxCharacter: MAX_CHARACTER }, options, factory);
  return DFA.fromFA(nfa, new DFA.LimitedNodeFactory(MAX_NODES));
}

/** A pattern matches anywhere in a string: any text may stand on a side without an anchor. */
function unanchor({ elements }: Alternative): Alternative[] {
  const [only] = elements;
  if (elements.length === 1 && only?.type === 'Alternation') return only.alternatives.flatMap(unanchor);
  const starts = elements.length > 0 && isAnchor(elements[0], 'behind');
  const rest = starts ? elements.slice(1) : elements;
  const ends = rest.length > 0 && isAnchor(rest.at(-1), 'ahead');
  const middle = ends ? rest.slice(0, -1) : rest;
  return [
    {
      type: 'Concatenation',
      elements: [...(starts ? [] : [ANYTHING]), ...middle, ...(ends ? [] : [ANYTHING])],
    },
  ];
}

/** `^` is parsed as "no character behind", `$` as "no character ahead". */
function isAnchor(element: Element | undefined, kind: 'behind' | 'ahead'): boolean {
  if (element?.type !== 'Assertion' || !element.negate || element.kind !== kind) return false;
  const [alternative, ...others] = element.alternatives;
  const [character, ...more] = alternative?.elements ?? [];
  return others.length === 0 && more.length === 0 && character?.type === 'CharacterClass' && character.characters.isAll;
}

/** The expression of ajv-formats (RFC 9562, and the prefix of RFC 4122). */
export const FORMATS: Record<string, string> = {
  uuid: '^(?:[uU][rR][nN]:[uU][uU][iI][dD]:)?[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$',
};
