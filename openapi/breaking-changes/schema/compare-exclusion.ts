// Compares what `oneOf` rejects: the values that several of its alternatives allow.
import type { Comparison } from './comparison.ts';
import { isEmpty } from './shape/emptiness.ts';
import { intersect } from './shape/intersect.ts';
import type { Shape } from './shape/shape.ts';
import { alternativesOf } from './shape/shape-of.ts';

type Alternative = ReturnType<typeof alternativesOf>[number];

/** Two alternatives, and the values that both allow. */
interface Overlap {
  pair: readonly [Alternative, Alternative];
  shared: Shape;
}

/**
 * Compares what alternatives share. What two newer alternatives of a request share must have been invalid; in responses
 * it is the other way round.
 */
export function compareExclusion(comparison: Comparison, before: Shape, after: Shape): void {
  const isRequest = comparison.position === 'request';
  const [inner, outer] = isRequest ? [before, after] : [after, before];
  const found = overlapsOf(comparison, outer).filter((overlap) => hasAny(comparison, inner, overlap));
  const places = [before, after] as const;
  const keywords = ['oneOf', 'anyOf'];
  for (const { pair } of found) {
    const what = `Values that fit the alternatives ${pair.map(({ key }) => key).join(' and ')} of \`oneOf\``;
    const place = comparison.placeOf(places, keywords);
    if (isRequest) comparison.report('tightened', places, keywords, `${what} are not allowed`);
    else if (!before.isExtensible) comparison.report('loosened', places, keywords, `${what} are allowed`);
    else if (place)
      comparison.changes.added({ place, message: `${what} are allowed, as clients were asked to expect.` });
  }
  const [innerOverlaps, outerOverlaps] = [inner, outer].map((shape) => overlapsOf(comparison, shape).length > 0);
  if (!innerOverlaps || outerOverlaps) return;
  const what = `Values that fit several alternatives ${isRequest ? 'are allowed' : 'of `oneOf` are not allowed'}`;
  comparison.report(isRequest ? 'loosened' : 'tightened', places, keywords, what);
}

/** What `oneOf` excludes; nothing for other shapes. */
function overlapsOf({ position }: Comparison, shape: Shape): Overlap[] {
  if (shape.choices[0]?.keyword !== 'oneOf') return [];
  const alternatives = alternativesOf(shape, position);
  return alternatives
    .flatMap((one, index) =>
      alternatives.slice(index + 1).map((other) => ({
        pair: [one, other] as const,
        shared: intersect(one.shape, other.shape),
      })),
    )
    .filter(({ shared }) => !isEmpty(shared, position));
}

/** Whether the inner shape allows any of what two alternatives of the outer one share, as far as can be told. */
function hasAny(comparison: Comparison, inner: Shape, { pair, shared }: Overlap): boolean {
  const alternatives = alternativesOf(inner, comparison.position);
  const exclusive = inner.choices[0]?.keyword === 'oneOf' ? alternatives : [];
  // Two inner alternatives that are at least as wide as the pair exclude all that it shares.
  const [left = [], right = []] = pair.map((outer) =>
    exclusive.filter((each) => comparison.isWithin(outer.shape, each.shape)),
  );
  if (left.some((one) => right.some((other) => other !== one))) return false;
  return alternatives.some((alternative) => {
    const part = intersect(shared, alternative.shape);
    const isExcluded = () =>
      comparison.mode !== 'values' &&
      exclusive.some((other) => other !== alternative && comparison.isWithin(part, other.shape));
    return !isEmpty(part, comparison.position) && !isExcluded();
  });
}
