// The changelog as a page and as Markdown.
import { createHash } from 'node:crypto';
import type { Asset } from '../site/asset.ts';
import { barName } from '../site/bar-name.ts';
import { escapeHtml } from '../site/escape-html.ts';
import { inlineMarkdown } from '../site/inline-markdown.ts';
import type { ChangelogEntry } from './changelog.ts';
import { linkTo, type PagePlace } from './editions.ts';
import { versionMenu } from './version-menu.ts';
import { describeRetirement } from './version-notice.ts';

const INTRODUCTION =
  'What each version changes for clients of the one before. Older versions stay as they are while they are live: ' +
  'name one in the header `Sequence-Version`, or pin your credentials to it.';

interface ChangelogParts {
  title: string;
  icon: Asset;
  theme: Asset;
  noScript: Asset;
  /** The style sheet of this page alone. */
  changelog: Asset;
  /** The script of the version menu. */
  versionMenu: Asset;
}

/** Selects the theme as Redoc's pages do: the reader's choice, or else the preference of the system. */
const COLOR_MODE = `try{var m=localStorage.getItem("redoc.colorMode");if(m!=="light"&&m!=="dark")\
m=matchMedia("(prefers-color-scheme: dark)").matches?"dark":"light";document.documentElement.classList.add(m)}\
catch(e){}`;

/** Writes the page, which is at the root of the site. */
export function writeChangelogPage(
  entries: readonly ChangelogEntry[],
  place: PagePlace,
  { title, icon, theme, noScript, changelog, versionMenu: menu }: ChangelogParts,
): string {
  const [newest] = place.editions;
  const home = newest ? linkTo(place, newest) : '';
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Changelog: ${escapeHtml(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="What each version of the API changes for its clients.">
<meta name="color-scheme" content="light dark">
<link rel="icon" type="image/svg+xml" href="${icon.name}">
<link rel="stylesheet" href="${theme.name}">
<link rel="stylesheet" href="${changelog.name}">
<noscript><link rel="stylesheet" href="${noScript.name}"></noscript>
<script defer src="${menu.name}"></script>
</head>
<body>
<script>${COLOR_MODE}</script>
<a class="skip" href="#changes">Skip to content</a>
<header class="bar">
${barName(title, icon.name, home)}
${versionMenu(place)}
<nav class="bar-links" aria-label="Changelog">
<a href="changelog.md">Markdown</a>
</nav>
</header>
<main id="changes" class="changelog">
<h1>Changelog</h1>
<p>${inlineMarkdown(INTRODUCTION)}</p>
${entries.map((entry) => writeEntry(entry, place)).join('\n')}
</main>
</body>
</html>
`;
}

function writeEntry({ edition, previous, groups }: ChangelogEntry, place: PagePlace): string {
  const version = escapeHtml(edition.version);
  const facts = [
    `<a href="${linkTo(place, edition)}">Reference</a>`,
    previous
      ? `Changes since <a href="#${escapeHtml(previous.version)}">${escapeHtml(previous.version)}</a>`
      : 'The oldest live version',
  ];
  const retirement = describeRetirement(edition.contract);
  return [
    `<section aria-labelledby="${version}">`,
    `<h2 id="${version}">${version}</h2>`,
    `<p class="facts">${facts.join(' · ')}</p>`,
    ...(retirement ? [`<p class="retired">Deprecated${retirement}.</p>`] : []),
    ...groups.map(({ title, changes }) => {
      const items = changes.map(({ message, place: at }) => {
        const where = at === '' ? '' : ` <span class="place">${escapeHtml(at)}</span>`;
        return `<li>${inlineMarkdown(message)}${where}</li>`;
      });
      const kind = title === 'Breaking changes' ? ' class="breaking"' : '';
      return `<h3${kind}>${title}</h3>\n<ul>\n${items.join('\n')}\n</ul>`;
    }),
    ...(previous && groups.length === 0 ? ['<p>Documentation only.</p>'] : []),
    '</section>',
  ].join('\n');
}

export function writeChangelogMarkdown(entries: readonly ChangelogEntry[], title: string): string {
  const parts = entries.flatMap(({ edition, previous, groups }) => {
    const retirement = describeRetirement(edition.contract);
    const about = previous ? `Changes since ${previous.version}.` : 'The oldest live version.';
    const link = `[Reference](${edition.folder}reference.md), [OpenAPI document](${edition.folder}openapi.json).`;
    return [
      `## ${edition.version}`,
      `${about} ${link}`,
      ...(retirement ? [`**Deprecated${retirement}.**`] : []),
      ...groups.flatMap(({ title: heading, changes }) => [
        `### ${heading}`,
        changes.map(({ message, place }) => `- ${message}${place === '' ? '' : ` (\`${place}\`)`}`).join('\n'),
      ]),
      ...(previous && groups.length === 0 ? ['Documentation only.'] : []),
    ];
  });
  return `${[`# Changelog of the ${title}`, INTRODUCTION, ...parts].join('\n\n')}\n`;
}

/** The Content-Security-Policy of the page. */
export function changelogPolicy(): string {
  const hash = createHash('sha256').update(COLOR_MODE).digest('base64');
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    ...["style-src 'self'", "img-src 'self'", "font-src 'self'"],
    ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  ].join('; ');
}
