// Makes small edits of a parsed contract, by JSON Pointer.

export type Edit = (contract: object) => void;

/** The effect and the JSON Pointers of the changes that the gate reports; without a pointer it reports nothing. */
export type Row = [title: string, edit: Edit, effect: 'breaking' | 'compatible', pointers?: string | string[]];

type Container = Record<string, unknown>;

/** Replaces or adds a value. */
export function set(pointer: string, value: unknown): Edit {
  return (contract) => {
    const [parent, key] = find(contract, pointer);
    parent[key] = value;
  };
}

/** Removes a property, or an entry of a list. */
export function remove(pointer: string): Edit {
  return (contract) => {
    const [parent, key] = find(contract, pointer);
    if (!(key in parent)) throw new Error(`There is nothing at ${pointer}.`);
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete parent[key];
  };
}

/** Appends to a list. */
export function append(pointer: string, ...values: unknown[]): Edit {
  return (contract) => {
    const [parent, key] = find(contract, pointer);
    const list = parent[key];
    if (!Array.isArray(list)) throw new Error(`There is no list at ${pointer}.`);
    list.push(...values);
  };
}

/** Replaces a value of a list with others, or with none. */
export function replace(pointer: string, value: unknown, ...values: unknown[]): Edit {
  return (contract) => {
    const [parent, key] = find(contract, pointer);
    const list = parent[key];
    if (!Array.isArray(list) || !list.includes(value)) throw new Error(`There is no list with ${value} at ${pointer}.`);
    list.splice(list.indexOf(value), 1, ...values);
  };
}

/** Renames a property. */
export function rename(pointer: string, name: string): Edit {
  return (contract) => {
    const [parent, key] = find(contract, pointer);
    parent[name] = parent[key];
    remove(pointer)(contract);
  };
}

/** Replaces a value with the result of a function. */
export function change(pointer: string, make: (value: unknown) => unknown): Edit {
  return (contract) => {
    const [parent, key] = find(contract, pointer);
    parent[key] = make(parent[key]);
  };
}

/** Combines several edits, one after the other. */
export function all(...edits: Edit[]): Edit {
  return (contract) => {
    for (const edit of edits) edit(contract);
  };
}

function find(contract: object, pointer: string): [parent: Container, key: string] {
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const key = keys.pop() ?? '';
  let parent: unknown = contract;
  for (const each of keys) parent = Reflect.get(Object(parent), each);
  if (typeof parent !== 'object' || parent === null) throw new Error(`There is nothing at ${pointer}.`);
  return [parent as Container, key]; // The node is an object or a list.
}
