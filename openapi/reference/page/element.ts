// The elements of the try-it panel by their names.

/** @throws Error when the page lacks the element, which its HTML has */
export function element<T extends Element>(id: string, type: new () => T): T {
  const found = document.getElementById(`try-it${id && `-${id}`}`);
  if (!(found instanceof type)) throw new Error(`The page has no ${type.name} try-it-${id}.`);
  return found;
}
