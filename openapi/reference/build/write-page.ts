// Writes the pages: what Redocly rendered, with the header and the panel of this project.
import { createHash } from 'node:crypto';
import { type Contract, operationsOf, urlOf } from '../../model/contract.ts';
import type { Rendered } from '../redoc/render.ts';
import type { Asset } from '../site/asset.ts';
import { barName } from '../site/bar-name.ts';
import { escapeHtml } from '../site/escape-html.ts';
import { isLocal, PAGE_ORIGIN } from '../site/served-contract.ts';
import { type PagePlace, rootFrom } from '../versions/editions.ts';
import { versionMenu } from '../versions/version-menu.ts';
import { versionNotice } from '../versions/version-notice.ts';
import { noScriptHtml } from './no-script.ts';
import { panelData, panelHtml } from './try-it-panel.ts';

interface PageParts {
  contract: Contract;
  rendered: Rendered;
  redoc: Asset;
  definition: Asset;
  theme: Asset;
  noScript: Asset;
  address: Asset;
  menus: Asset;
  copyMarkdown: Asset;
  panel: Asset;
  icon: Asset;
  /** The script of the version menu. */
  versionMenu: Asset;
  /**
   * The place of the page on the site. A served page has the try-it panel, and the server writes its address into it.
   */
  place: PagePlace;
}

/** Writes a page. All links are relative, so that it works from a file, at a root and below any path. */
export function writePage({
  contract,
  rendered,
  redoc,
  definition,
  theme,
  noScript,
  address,
  menus,
  copyMarkdown,
  panel,
  icon,
  versionMenu: menu,
  place,
}: PageParts): string {
  const { isServed, editions, current } = place;
  const hasMenu = editions.length > 1;
  const root = rootFrom(current);
  const { title, version, summary = '' } = contract.info;
  const operations = operationsOf(contract).map(
    ({ operation, method, path }) => `${operation.summary}: ${method.toUpperCase()} ${path}`,
  );
  const description = `${summary} ${operations.join('; ')}, with every error, limit and example.`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escapeHtml(root === '' ? title : `${title} ${version}`)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="${escapeHtml(description)}">
<meta name="color-scheme" content="light dark">
${isServed ? `<meta name="origin" content="${PAGE_ORIGIN}">` : ''}
<link rel="icon" type="image/svg+xml" href="${root}${icon.name}">
<style data-styled="true">${rendered.style}</style>
<link rel="stylesheet" href="${root}${theme.name}">
<noscript><link rel="stylesheet" href="${root}${noScript.name}"></noscript>
${isServed ? `<script defer src="${root}${address.name}"></script>` : ''}
<script defer src="${root}${redoc.name}"></script>
<script defer src="${root}${definition.name}"></script>
<script defer src="${root}${menus.name}"></script>
<script defer src="${root}${copyMarkdown.name}"></script>
${hasMenu ? `<script defer src="${root}${menu.name}"></script>` : ''}
${isServed ? `<script defer src="${root}${panel.name}"></script>` : ''}
</head>
<body>
<a class="skip" href="#api-content">Skip to content</a>
<header class="bar">
${barName(title, root + icon.name, '#')}
${versionMenu(place) || `<span class="bar-version" title="Version">${escapeHtml(version)}</span>`}
<nav class="bar-links" aria-label="Contract">
<a href="openapi.yaml" download>OpenAPI, YAML</a>
<a href="openapi.json" download>JSON</a>
<a href="postman.json" download>Postman</a>
<a href="reference.md">Markdown</a>
<button type="button" id="copy-markdown" class="quiet" hidden>Copy as Markdown</button>
<span id="copy-markdown-status" role="status"></span>
${isServed ? '<button type="button" id="try-it-open" aria-haspopup="dialog" hidden>Try it</button>' : ''}
</nav>
</header>
${versionNotice(place)}
${rendered.html}
${noScriptHtml(contract, root === '' ? {} : { clientVersion: version })}
${isServed ? panelHtml(panelData(contract, place)) : ''}
</body>
</html>
`;
}

/** Allows a served page its own files, and the try-it panel the servers of the contract. */
export function contentSecurityPolicy(page: string, contract: Contract): string {
  const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text = '']) => sourceHash(text));
  const styles = [...page.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/g)].map(([, text = '']) => sourceHash(text));
  const urls = contract.servers.map(urlOf).filter((url) => !isLocal(url));
  const origins = urls.map((url) => new URL(url).origin);
  return Object.entries({
    'default-src': ["'none'"],
    'script-src': ["'self'", ...scripts],
    // Redoc creates empty style elements and adds rules to them: the hash of the empty string.
    'style-src-elem': ["'self'", ...styles, sourceHash('')],
    'style-src-attr': ["'unsafe-inline'"],
    'img-src': ["'self'", 'data:'],
    'font-src': ["'self'", 'data:'],
    'connect-src': ["'self'", ...new Set(origins)],
    // Redoc starts its search worker from a blob.
    'worker-src': ['blob:'],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
  })
    .map(([directive, sources]) => `${directive} ${sources.join(' ')}`)
    .join('; ');
}

function sourceHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
