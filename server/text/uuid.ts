// The textual form of UUIDs (RFC 9562, section 4), in any case.

/** Matches a text that is a UUID. */
export const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Matches all UUIDs in a text. For `match`, `matchAll` and `replace` only: `test` and `exec` would keep a position. */
export const UUIDS = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi;
