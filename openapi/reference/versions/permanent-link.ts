// The address that the newest version keeps when there is a newer one. Until then it leads to the root of the site.
import type { Asset } from '../site/asset.ts';
import { escapeHtml } from '../site/escape-html.ts';
import type { Edition } from './editions.ts';

/** The page in the folder that the version is going to have, for static hosts and for a server. */
export function permanentLink({ version, contract }: Edition): Asset[] {
  const page = (target: string) => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escapeHtml(contract.info.title)} ${escapeHtml(version)}</title>
<meta http-equiv="refresh" content="0; url=${target}">
<link rel="canonical" href="${target}">
</head>
<body><p><a href="${target}">The reference of version ${escapeHtml(version)}</a></p></body>
</html>
`;
  return [
    { name: `versions/${version}/index.html`, content: page('../../index.html') },
    { name: `versions/${version}/served.html`, content: page('../../'), policy: "default-src 'none'" },
  ];
}
