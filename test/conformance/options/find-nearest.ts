// Finds the name that a misspelt one may stand for.

/** The nearest name, of which at most a third differs; undefined when none is near. */
export function findNearest(name: string, known: readonly string[]): string | undefined {
  const plain = plainOf(name);
  const [nearest] = known
    .map((each) => ({ each, distance: distanceOf(plain, plainOf(each)) }))
    .filter(({ each, distance }) => distance <= Math.max(1, Math.floor(each.length / 3)))
    .sort((one, other) => one.distance - other.distance);
  return nearest?.each;
}

/** Removes conventions of letter case, hyphens and underscores: `strict-headers` equals `strictHeaders`. */
function plainOf(name: string): string {
  return name.slice(0, 50).toLowerCase().replaceAll(/[-_]/g, '');
}

/** The number of letters to add, remove, replace or swap with the next one (optimal string alignment). */
function distanceOf(one: string, other: string): number {
  const rows = [Array.from({ length: other.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    const [above = [], twoAbove = []] = [rows[i - 1], rows[i - 2]];
    for (let j = 1; j <= other.length; j += 1) {
      const isSame = one[i - 1] === other[j - 1];
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      row.push(
        Math.min(
          (above[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + 1,
          (above[j - 1] ?? 0) + Number(!isSame),
          isSwapped ? (twoAbove[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    rows.push(row);
  }
  return rows[one.length]?.[other.length] ?? 0;
}
