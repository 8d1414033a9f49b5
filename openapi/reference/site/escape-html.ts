const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Escapes text between tags, and attribute values in double quotes. */
export function escapeHtml(text: unknown): string {
  return String(text).replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
