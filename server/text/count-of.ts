/** Returns a number with its noun for messages: `1 account`, `3,000 accounts`. */
export function countOf(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
