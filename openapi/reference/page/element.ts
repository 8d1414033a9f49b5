/** An element of the try-it panel by its ID without `try-it-`. @throws Error when the page has no such element */
export function element<T extends Element>(id: string, type: new () => T): T {
  const found = document.getElementById(`try-it${id && `-${id}`}`);
  if (!(found instanceof type)) throw new Error(`The page has no ${type.name} with the ID try-it-${id}.`);
  return found;
}
