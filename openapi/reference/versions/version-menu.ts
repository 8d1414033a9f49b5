// The version menu of a page. It works without scripts; page/version-menu.ts adds the usual ways to close it.
import { escapeHtml } from '../site/escape-html.ts';
import { linkTo, linkToChangelog, type PagePlace } from './editions.ts';

/** The HTML of the menu; empty for a site with one version. */
export function versionMenu(place: PagePlace): string {
  const { editions, current } = place;
  if (editions.length < 2) return '';
  const items = editions.map((edition, index) => {
    const mark = edition === current ? ' aria-current="page"' : '';
    const note = noteOn(index, Boolean(edition.contract['x-deprecation']));
    const text = `${escapeHtml(edition.version)}${note && ` <span>${note}</span>`}`;
    return `<li><a href="${linkTo(place, edition)}"${mark}>${text}</a></li>`;
  });
  const name = escapeHtml(current?.version ?? 'Changelog');
  const changelog = `<a href="${linkToChangelog(place)}"${current ? '' : ' aria-current="page"'}>Changelog</a>`;
  return `<details class="versions" id="versions">
<summary aria-label="${current ? `Version ${name}` : name}, choose a version">${name}</summary>
<nav aria-label="Versions">
<ul>
${items.join('\n')}
<li>${changelog}</li>
</ul>
</nav>
</details>`;
}

function noteOn(index: number, isDeprecated: boolean): string {
  if (isDeprecated) return 'deprecated';
  return index === 0 ? 'newest' : '';
}
