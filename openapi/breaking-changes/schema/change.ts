// A difference between two contracts, and its effect on clients of the older one.

/** The direction of a value: clients send requests and receive responses. */
export type Position = 'request' | 'response';

/** How a set of allowed values differs from the one before. `changed`: some are lost and others gained. */
export type Direction = 'tightened' | 'loosened' | 'changed';

export interface Change {
  /** Whether a client of the older contract can fail. */
  effect: 'breaking' | 'compatible';
  /** Whether the change only adds what older clients neither send nor read, such as an operation. */
  addition: boolean;
  /** One or two sentences: what differs, and what that means to clients. */
  message: string;
  /** Whether it holds for the clients of every version, so that a new version does not excuse it. */
  isShared: boolean;
  /** What to do instead; undefined when nothing has to be done. */
  remedy: string | undefined;
  /** JSON Pointer to the value in the bundled contract: the newer one, or the older one if it was removed. */
  pointer: string;
  /** The way to it from an operation, across references, so that it can be found in the source files. */
  path: string;
}

/** The fields of a change that its place does not determine. */
export interface Finding {
  place: { pointer: string; path: string };
  message: string;
  remedy?: string;
}

/** Collects changes, each once: components are used in many places. */
export class ChangeList {
  readonly #isShared: boolean;
  readonly #changes = new Map<string, Change>();

  /** `isShared`: all reported changes hold for every version. */
  constructor({ isShared = false } = {}) {
    this.#isShared = isShared;
  }

  get changes(): Change[] {
    return [...this.#changes.values()];
  }

  breaking({ place, message, remedy }: Finding): void {
    this.#add({ effect: 'breaking', addition: false, message, remedy: remedy ?? REMEDY, ...placeOf(place) });
  }

  compatible({ place, message }: Finding): void {
    this.#add({ effect: 'compatible', addition: false, message, remedy: undefined, ...placeOf(place) });
  }

  added({ place, message }: Finding): void {
    this.#add({ effect: 'compatible', addition: true, message, remedy: undefined, ...placeOf(place) });
  }

  /** A change of the allowed values. `what` is a clause without its full stop. */
  values(position: Position, direction: Direction, place: Finding['place'], what: string, remedy?: string): void {
    const breaks = direction === 'changed' || direction === (position === 'request' ? 'tightened' : 'loosened');
    const message = `${capitalize(what)}: ${CONSEQUENCES[position][breaks ? 'breaking' : 'compatible']}`;
    if (breaks) this.breaking({ place, message, remedy: remedy ?? REMEDIES[position] });
    else this.compatible({ place, message });
  }

  include(changes: readonly Change[]): void {
    for (const change of changes) this.#add(change);
  }

  #add(found: Omit<Change, 'isShared'> & Partial<Change>): void {
    const change = { ...found, isShared: this.#isShared || found.isShared === true };
    const key = `${change.effect} ${change.pointer} ${change.message}`;
    if (!this.#changes.has(key)) this.#changes.set(key, change);
  }
}

export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function placeOf({ pointer, path }: Finding['place']): Pick<Change, 'pointer' | 'path'> {
  return { pointer, path };
}

const REMEDY = 'Revert it, or make it in a new version.';

const REMEDIES = {
  request: 'Accept what was accepted, or make it in a new version.',
  response: 'Keep to what clients know, or make it in a new version.',
} as const;

const CONSEQUENCES = {
  request: {
    breaking: 'requests that were valid are rejected.',
    compatible: 'all requests that were valid still are.',
  },
  response: {
    breaking: 'clients may get what they do not expect.',
    compatible: 'clients get nothing that they do not expect.',
  },
} as const;
