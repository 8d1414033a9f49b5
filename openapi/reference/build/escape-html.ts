// Text of the contract in HTML.

const SIGNS: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Fit to stand between tags, and between the double quotes of an attribute. */
export function escapeHtml(text: unknown): string {
  return String(text).replace(/[&<>"]/g, (sign) => SIGNS[sign] ?? sign);
}
