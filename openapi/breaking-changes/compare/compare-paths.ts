// Finds new paths that take requests from an older one: paths without parameters are matched first (OpenAPI 3.1,
// section 4.8.8.2).
import type { ChangeList } from '../schema/change.ts';
import type { Place } from '../schema/place.ts';
import { shapeOf } from '../schema/shape/shape-of.ts';
import { acceptsText } from '../schema/shape/values.ts';

/** An operation of the older contract, with the schemas of its path parameters by name. */
interface OlderOperation {
  /** Method and path, such as `GET /customers/{customerId}`. */
  name: string;
  path: string;
  parameters: ReadonlyMap<string, Place | undefined>;
}

/** Reports each new path that takes requests from one of the operations, unless no parameter has that value. */
export function reportShadows(changes: ChangeList, path: string, place: Place, older: readonly OlderOperation[]): void {
  for (const operation of older) {
    if (keyOf(path) >= keyOf(operation.path)) continue;
    const value = takenValue(path, operation);
    if (value === undefined) continue;
    changes.breaking({
      place,
      message: `The new path \`${path}\` takes requests from ${operation.name}: those ${value}.`,
      remedy: 'Choose a path that no request of clients can have.',
    });
    return;
  }
}

const PARAMETER = /^\{(.*)\}$/;

/** The key by which paths are ordered for matching: concrete segments come first. */
const keyOf = (path: string) => path.replaceAll(/\{[^}]*\}/g, '\uffff');

/** A description of the requests that both match; undefined when there are none. */
function takenValue(path: string, { path: olderPath, parameters }: OlderOperation): string | undefined {
  const [segments, older] = [path.split('/'), olderPath.split('/')];
  if (segments.length !== older.length) return undefined;
  const values: string[] = [];
  for (const [index, segment] of segments.entries()) {
    const [, name] = PARAMETER.exec(older[index] ?? '') ?? [];
    if (PARAMETER.test(segment)) continue;
    if (name === undefined && segment !== older[index]) return undefined;
    if (name === undefined) continue;
    if (!canBe(parameters.get(name), segment)) return undefined;
    values.push(`whose \`${name}\` is \`${segment}\``);
  }
  return values.join(' and ') || 'that match both';
}

function canBe(schema: Place | undefined, segment: string): boolean {
  return schema === undefined || acceptsText(shapeOf([schema], 'request'), decode(segment));
}

/** The text of a template may be percent-encoded or not. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
