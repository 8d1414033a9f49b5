// Compares callbacks by the address that they are sent to, because their names are not sent.
import type { Place } from '../schema/place.ts';

interface Callback {
  name: string;
  /** The runtime expression that gives the address. */
  expression: string;
  item: Place;
}

/** The older and the newer path item of one address; undefined where there is none. */
interface CallbackPair {
  expression: string;
  before: Place | undefined;
  after: Place | undefined;
}

/** Pairs callbacks by address. Several callbacks with one address are paired by name. */
export function pairCallbacks(before: Place | undefined, after: Place | undefined): CallbackPair[] {
  const [older, rest] = [listCallbacks(before), listCallbacks(after)];
  const take = ({ name, expression }: Callback, isOfName: boolean) => {
    const index = rest.findIndex(
      (each) => addressOf(each.expression) === addressOf(expression) && (!isOfName || each.name === name),
    );
    return index < 0 ? undefined : rest.splice(index, 1)[0]?.item;
  };
  const ofName = new Map(older.map((each) => [each, take(each, true)]));
  const pairs = older.map((each) => ({
    ...{ expression: each.expression, before: each.item, after: ofName.get(each) ?? take(each, false) },
  }));
  return [...pairs, ...rest.map(({ expression, item }) => ({ expression, before: undefined, after: item }))];
}

function listCallbacks(callbacks: Place | undefined): Callback[] {
  return (callbacks?.children() ?? []).flatMap(([name, callback]) =>
    callback
      .children()
      .filter(([expression]) => !expression.startsWith('x-'))
      .map(([expression, item]) => ({ name, expression, item })),
  );
}

/** An expression that is the whole address needs no braces. */
function addressOf(expression: string): string {
  return expression.startsWith('$') ? `{${expression}}` : expression;
}
