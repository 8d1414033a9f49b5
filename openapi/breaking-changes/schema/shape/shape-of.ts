// Makes the shape of schemas that all apply, and of their alternatives.
import type { Position } from '../change.ts';
import { Place } from '../place.ts';
import { applySchema } from './apply-schema.ts';
import { applyClosures } from './closures.ts';
import { createShape, integerBounds, type Shape } from './shape.ts';

/** The shape of schemas that all apply. Properties that are hidden in the position are left out. */
export function shapeOf(places: readonly Place[], position: Position): Shape {
  return narrow(createShape(), places, position);
}

/** Whether the second schemas allow no value, and the first ones do. */
export function becomesImpossible(before: readonly Place[], after: readonly Place[], position: Position): boolean {
  const [was, is] = [before, after].map((places) => {
    const { types, listed } = shapeOf(places, position);
    return types.size === 0 || listed?.length === 0;
  });
  return !was && is === true;
}

/** A shape for each alternative of the first choice, or for each type where there is none. */
export function alternativesOf(
  shape: Shape,
  position: Position = 'request',
): { key: string; place: Place; shape: Shape }[] {
  const [choice, ...choices] = shape.choices;
  if (choice)
    return choice.alternatives.map(({ key, places }) => ({
      key,
      place: places[0] ?? choice.place,
      shape: narrow({ ...shape, choices }, places, position),
    }));
  const place = shape.places.get('type') ?? shape.places.get('') ?? new Place({});
  return [...shape.types].map((type) => ({ key: type, place, shape: { ...shape, types: new Set([type]) } }));
}

function narrow(base: Shape, places: readonly Place[], position: Position): Shape {
  const shape: Shape = {
    ...base,
    types: new Set(base.types),
    steps: [...base.steps],
    patterns: [...base.patterns],
    formats: [...base.formats],
    items: [...base.items],
    required: new Set(base.required),
    properties: new Map(base.properties),
    additional: base.additional && [...base.additional],
    closures: [...base.closures],
    choices: [...base.choices],
    conditions: [...base.conditions],
    others: new Map(base.others),
    places: new Map(base.places),
  };
  const [first] = places;
  if (first) shape.places.set('', first.follow() ?? first);
  for (const place of places) applySchema(shape, place);
  hideProperties(shape, position);
  applyClosures(shape.closures, shape.properties);
  return shape.steps.some((step) => Number.isInteger(step)) ? { ...shape, ...integerBounds(shape) } : shape;
}

/** `readOnly` properties are not sent, `writeOnly` ones are not received. */
function hideProperties(shape: Shape, position: Position): void {
  const marker = position === 'request' ? 'readOnly' : 'writeOnly';
  for (const [name, places] of shape.properties) {
    if (!places.some((place) => isMarked(place, marker))) continue;
    shape.properties.delete(name);
    shape.required.delete(name);
  }
}

function isMarked(place: Place, marker: string): boolean {
  return place.get(marker) === true || place.follow()?.get(marker) === true;
}
