// Idempotency keys that no other run sends: a letter, and a text that differs each time that a script is played.

const LENGTH = 8;
const FRESH_KEY = new RegExp(`^[a-z][0-9a-z]{${LENGTH}}$`);

/** The text of a play, given its number. */
export function freshText(play: number): string {
  return play.toString(36).padStart(LENGTH, '0');
}

export function isFresh(key: string): boolean {
  return FRESH_KEY.test(key);
}
