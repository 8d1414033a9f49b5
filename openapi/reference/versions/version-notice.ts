// The notice on the page of an older version: that there is a newer one, and how long this one is served.
import type { Contract } from '../../model/contract.ts';
import { escapeHtml } from '../site/escape-html.ts';
import { linkTo, linkToChangelog, type PagePlace, rootFrom } from './editions.ts';

/** The notice as HTML; empty for the newest version, unless it is deprecated. */
export function versionNotice(place: PagePlace): string {
  const { editions, current } = place;
  const [newest] = editions;
  const retirement = current && describeRetirement(current.contract);
  if (!newest || !current || (current === newest && !retirement)) return '';
  const link = current.contract['x-deprecation']?.link;
  const parts = [
    `<strong>Version ${escapeHtml(current.version)}${retirement ? ` is deprecated${retirement}` : ''}.</strong>`,
    ...(current === newest
      ? []
      : [
          `The newest version is <a href="${linkTo(place, newest)}">${escapeHtml(newest.version)}</a>;`,
          `see <a href="${linkToChangelog(place, nextAfter(place)?.version)}">what has changed since</a>.`,
        ]),
    ...(link === undefined ? [] : [`<a href="${escapeHtml(link)}">About its removal</a>.`]),
  ];
  const kind = retirement ? 'notice notice-deprecated' : 'notice';
  return `<aside class="${kind}" aria-label="Version"><p>${parts.join(' ')}</p></aside>`;
}

/** The notice as Markdown, in which the newest version lists the others; empty for a site with one version. */
export function versionNoticeMarkdown({ editions, current }: Omit<PagePlace, 'isServed'>): string {
  const [newest] = editions;
  if (!newest || !current || editions.length < 2) return '';
  const root = rootFrom(current);
  const link = ({ version, folder }: { version: string; folder: string }) =>
    `[${version}](${root}${folder}reference.md)`;
  const retirement = describeRetirement(current.contract);
  const others = editions.filter((each) => each !== current).map(link);
  return [
    ...(retirement ? [`**Version ${current.version} is deprecated${retirement}.**`] : []),
    current === newest ? 'This is the newest version.' : `The newest version is ${link(newest)}.`,
    `Other versions: ${others.join(', ')}. What differs: [changelog](${root}changelog.md).`,
  ].join(' ');
}

/**
 * Text such as ` as of 31 January 2026 and will be removed after 31 January 2027`; empty for a version that is not
 * deprecated.
 */
export function describeRetirement({ 'x-deprecation': deprecation }: Contract): string {
  if (!deprecation) return '';
  const { deprecatedAt, sunsetAt } = deprecation;
  const removal = sunsetAt === undefined ? '' : ` and will be removed after ${toDay(sunsetAt)}`;
  return ` as of ${toDay(deprecatedAt)}${removal}`;
}

/** Writes `2026-01-31` as `31 January 2026`. */
function toDay(date: string): string {
  const options = { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat('en-GB', options).format(new Date(date));
}

/** The version after that of the page, whose changes its readers need first. */
function nextAfter({ editions, current }: PagePlace) {
  return current && editions[editions.indexOf(current) - 1];
}
