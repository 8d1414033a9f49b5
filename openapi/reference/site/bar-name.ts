import { escapeHtml } from './escape-html.ts';

/** The icon and the title in the bar of a page, as a link. `icon` is its URL. */
export function barName(title: string, icon: string, href: string): string {
  const image = `<img src="${icon}" alt="" width="24" height="24">`;
  return `<a class="bar-name" href="${href}">${image}<span>${escapeHtml(title)}</span></a>`;
}
