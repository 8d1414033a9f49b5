// The reference site of several live versions: menu, notices and changelog.
import { describe, expect, it } from 'vitest';
import { compareContracts } from '../../openapi/breaking-changes/compare/compare-contracts.ts';
import type { Contract, Deprecation } from '../../openapi/model/contract.ts';
import { operationsOf } from '../../openapi/model/contract.ts';
import { panelData } from '../../openapi/reference/build/try-it-panel.ts';
import { writeLlms } from '../../openapi/reference/markdown/write-llms.ts';
import { writeMarkdown } from '../../openapi/reference/markdown/write-markdown.ts';
import { codeSamples } from '../../openapi/reference/samples/code-samples.ts';
import { sampleRequests } from '../../openapi/reference/samples/sample-requests.ts';
import { type ChangelogEntry, groupChanges } from '../../openapi/reference/versions/changelog.ts';
import {
  type Edition,
  editionsOf,
  linkTo,
  linkToChangelog,
  withOwnVersion,
} from '../../openapi/reference/versions/editions.ts';
import { permanentLink } from '../../openapi/reference/versions/permanent-link.ts';
import { versionMenu } from '../../openapi/reference/versions/version-menu.ts';
import { versionNotice, versionNoticeMarkdown } from '../../openapi/reference/versions/version-notice.ts';
import { writeChangelogMarkdown, writeChangelogPage } from '../../openapi/reference/versions/write-changelog.ts';
import { testedContract as contract } from '../support/contract/tested-version.ts';

const [FIRST, SECOND, THIRD] = ['2024-07-30', '2025-06-01', '2026-01-02'] as const;
const POST = 'POST /customer-organizations';
const RETIREMENT: Deprecation = {
  deprecatedAt: '2026-01-31',
  sunsetAt: '2027-01-31',
  link: 'https://api.example/?a&b',
};

/** The contract under another date. Its example of the header is still the first one. */
function dated(version: string, deprecation?: Deprecation): Contract {
  const copy = structuredClone(contract);
  copy.info.version = version;
  copy.components.schemas.ApiVersion = { type: 'string', enum: [FIRST, SECOND, THIRD] };
  return { ...copy, ...(deprecation && { 'x-deprecation': deprecation }) };
}

const editions = editionsOf({
  document: 'openapi/openapi.yaml',
  newest: dated(THIRD),
  older: [
    { version: FIRST, contract: dated(FIRST, RETIREMENT) },
    { version: SECOND, contract: dated(SECOND) },
  ],
});
const [newest, second, first] = editions as [Edition, Edition, Edition]; // The site has three versions.
const placeOf = (current: Edition | undefined, isServed = true) => ({ editions, current, isServed });
const single = { editions: editionsOf({ document: '', newest: contract, older: [] }), current: undefined };
const textOf = (html: string) => html.replace(/<[^>]+>/g, '').trim();

describe('editionsOf', () => {
  it('lists the newest version at the root, and older ones in folders of their own', () => {
    expect(editions.map(({ version, folder, document }) => [version, folder, document])).toEqual([
      [THIRD, '', 'openapi/openapi.yaml'],
      [SECOND, `versions/${SECOND}/`, `openapi/versions/${SECOND}.yaml`],
      [FIRST, `versions/${FIRST}/`, `openapi/versions/${FIRST}.yaml`],
    ]);
  });
});

describe('linkTo', () => {
  it.each([
    ['the newest', newest, newest, './', 'index.html'],
    ['the newest', newest, first, `versions/${FIRST}/`, `versions/${FIRST}/index.html`],
    ['an older one', first, newest, '../../', '../../index.html'],
    ['an older one', first, second, `../../versions/${SECOND}/`, `../../versions/${SECOND}/index.html`],
    ['the changelog', undefined, second, `versions/${SECOND}/`, `versions/${SECOND}/index.html`],
  ])('leads from %s to another page, for servers and for files', (_, from, to, served, file) => {
    expect([linkTo(placeOf(from), to), linkTo(placeOf(from, false), to)]).toEqual([served, file]);
  });

  it('leads to the changelog from every folder', () => {
    expect([newest, first, undefined].map((from) => linkToChangelog(placeOf(from), SECOND))).toEqual([
      `changelog.html#${SECOND}`,
      `../../changelog.html#${SECOND}`,
      `changelog.html#${SECOND}`,
    ]);
  });
});

describe('permanentLink', () => {
  it('leads from the folder that the newest version is going to have to the root', () => {
    const pages = permanentLink(newest).map(({ name, content }) => [name, /url=([^"]*)"/.exec(String(content))?.[1]]);

    expect(pages).toEqual([
      [`versions/${THIRD}/index.html`, '../../index.html'],
      [`versions/${THIRD}/served.html`, '../../'],
    ]);
  });
});

describe('versionMenu', () => {
  it('lists the versions and the changelog as links, and marks the current page', () => {
    const menu = versionMenu(placeOf(second));
    const items = [...menu.matchAll(/<a ([^>]*)>(.*?)<\/a>/g)].map(([, attributes = '', text = '']) => [
      textOf(text),
      attributes,
    ]);

    expect(items).toEqual([
      [`${THIRD} newest`, 'href="../../"'],
      [SECOND, `href="../../versions/${SECOND}/" aria-current="page"`],
      [`${FIRST} deprecated`, `href="../../versions/${FIRST}/"`],
      ['Changelog', 'href="../../changelog.html"'],
    ]);
    expect(menu).toContain(`<summary aria-label="Version ${SECOND}, choose a version">${SECOND}</summary>`);
    expect(menu).toContain('<nav aria-label="Versions">');
  });

  it('marks the changelog on its own page', () => {
    expect(versionMenu(placeOf(undefined))).toContain('<a href="changelog.html" aria-current="page">Changelog</a>');
  });

  it('is empty for a site with one version', () => {
    expect(versionMenu({ ...single, isServed: true })).toBe('');
  });
});

describe('versionNotice', () => {
  it('names the newest version and the changes since on the page of an older one', () => {
    const notice = versionNotice(placeOf(second));

    expect(textOf(notice)).toBe(`Version ${SECOND}. The newest version is ${THIRD}; see what has changed since.`);
    expect([...notice.matchAll(/href="([^"]*)"/g)].map(([, link]) => link)).toEqual([
      '../../',
      `../../changelog.html#${THIRD}`,
    ]);
  });

  it('says from when a version is deprecated, when it is removed, and where to read about it', () => {
    const notice = versionNotice(placeOf(first));

    expect(textOf(notice)).toBe(
      `Version ${FIRST} is deprecated as of 31 January 2026 and will be removed after 31 January 2027. ` +
        `The newest version is ${THIRD}; see what has changed since. About its removal.`,
    );
    expect(notice).toContain('class="notice notice-deprecated"');
    expect(notice).toContain(`href="../../changelog.html#${SECOND}"`);
    expect(notice).toContain('href="https://api.example/?a&amp;b"');
  });

  it('is empty on the page of the newest version, and of the only one', () => {
    expect([versionNotice(placeOf(newest)), versionNotice({ ...single, isServed: true })]).toEqual(['', '']);
  });

  it('has a Markdown form, with the other versions', () => {
    expect(versionNoticeMarkdown(placeOf(first))).toBe(
      `**Version ${FIRST} is deprecated as of 31 January 2026 and will be removed after 31 January 2027.** ` +
        `The newest version is [${THIRD}](../../reference.md). Other versions: [${THIRD}](../../reference.md), ` +
        `[${SECOND}](../../versions/${SECOND}/reference.md). What differs: [changelog](../../changelog.md).`,
    );
    expect(versionNoticeMarkdown(placeOf(newest))).toMatch(/^This is the newest version\. Other versions: /);
    expect(versionNoticeMarkdown(single)).toBe('');
    expect(writeMarkdown(contract, { notice: 'The notice.' })).toContain('\n\nThe notice.\n\n## Servers\n');
  });
});

describe('samples of a version', () => {
  const shown = withOwnVersion(dated(SECOND));
  const [entry] = operationsOf(shown);
  if (!entry) throw new Error('The contract has no operation.');

  it('send that version, although the example of the contract is another one', () => {
    const sent = sampleRequests(shown, entry).map(({ headers }) =>
      headers.find(({ name }) => name === 'Sequence-Version'),
    );

    expect(sent.length).toBeGreaterThan(1);
    expect(new Set(sent.map((header) => header?.value))).toEqual(new Set([SECOND]));
    expect(JSON.stringify(dated(SECOND).components.parameters)).toContain(`"example":"${FIRST}"`);
  });

  it('pass an older version to the client, and none for the newest', () => {
    const client = (options: object) =>
      codeSamples(shown, entry, options).find(({ label }) => label === 'TypeScript (client)')?.source;

    expect(client({ clientVersion: SECOND })).toContain(`\n  version: '${SECOND}',\n`);
    expect(client({})).not.toContain('version:');
  });

  it('leave a contract without such a version unchanged', () => {
    const other = { ...dated('1.0.0') };

    expect(withOwnVersion(other)).toBe(other);
  });
});

describe('panelData', () => {
  const versionOf = ({ operations: [operation] }: ReturnType<typeof panelData>) =>
    operation?.parameters.find(({ name }) => name === 'Sequence-Version')?.value;

  it('starts with the version of the page, and has the path to the root, when there are several versions', () => {
    const [old, current] = [first, newest].map((edition) => panelData(edition.contract, placeOf(edition)));

    expect([old?.root, old && versionOf(old)]).toEqual(['../../', FIRST]);
    expect([current?.root, current && versionOf(current)]).toEqual([undefined, THIRD]);
  });

  it('leaves the version to the server when there is only one', () => {
    expect(versionOf(panelData(contract, single))).toBeUndefined();
  });
});

describe('writeLlms', () => {
  it('links to other versions', () => {
    const text = writeLlms(contract, [], [{ name: 'changelog.md', title: 'Changelog', description: 'what differs' }]);

    expect(text).toMatch(
      new RegExp(
        `## Versions\n\nThis is version ${FIRST}\\.\n\n- \\[Changelog\\]\\(changelog\\.md\\): what differs\n$`,
      ),
    );
  });
});

describe('the changelog', () => {
  /** One property of requests is renamed, an operation and a limit of all errors are new. */
  const before = dated(FIRST);
  const created = Object.entries(before.paths).filter(([path]) => path === '/customer-organizations');
  before.paths = Object.fromEntries(created.map(([path, { post }]) => [path, { post }]));
  const after = structuredClone(before);
  after.info.version = SECOND;
  const { properties = {}, required } = after.components.schemas.NewCustomerOrganization ?? {};
  const { memberIds = {} } = properties;
  Object.assign(properties, { customerIds: memberIds });
  delete properties.memberIds;
  if (Array.isArray(required)) required.splice(required.indexOf('memberIds'), 1, 'customerIds');
  after.paths['/customers'] = {
    get: { operationId: 'listCustomers', summary: 'List customers', responses: { 200: { description: 'All.' } } },
  };
  const groups = groupChanges(compareContracts(before, after), [after, before]);
  const entries: ChangelogEntry[] = [
    { edition: newest, previous: second, groups: [] },
    { edition: second, previous: first, groups },
    { edition: first, groups: [] },
  ];
  const asset = (name: string) => ({ name: `assets/${name}`, content: '' });
  const page = writeChangelogPage(entries, placeOf(undefined), {
    title: 'Things & more',
    icon: asset('icon.svg'),
    theme: asset('theme.css'),
    noScript: asset('no-script.css'),
    changelog: asset('changelog.css'),
    versionMenu: asset('version-menu.js'),
  });

  it('groups changes by their effect on clients, with their operations', () => {
    expect(groups).toEqual([
      {
        title: 'Breaking changes',
        changes: [
          { message: expect.stringMatching(/^Requests no longer have the property `memberIds`/), place: POST },
          { message: expect.stringMatching(/^Requests need the new property `customerIds`/), place: POST },
        ],
      },
      { title: 'Additions', changes: [{ message: 'GET /customers is new.', place: '' }] },
    ]);
  });

  it('has a section for each version on its page, and every change of the comparison', () => {
    expect([...page.matchAll(/<h2 id="([^"]*)">/g)].map(([, version]) => version)).toEqual([THIRD, SECOND, FIRST]);
    expect(page).toContain('<title>Changelog: Things &amp; more</title>');
    expect(page).toContain(
      `<a href="versions/${SECOND}/">Reference</a> · Changes since <a href="#${FIRST}">${FIRST}</a>`,
    );
    expect(page).toContain('<p class="retired">Deprecated as of 31 January 2026');
    expect(page).toContain(`the property <code>memberIds</code>`);
    expect(page.match(/<li>(?!<a)/g)).toHaveLength(3);
    expect(page.match(/Documentation only\./g)).toHaveLength(1);
  });

  it('has the same content in Markdown', () => {
    const text = writeChangelogMarkdown(entries, 'Things API');

    for (const { changes } of groups) for (const { message } of changes) expect(text).toContain(`\n- ${message}`);
    expect(text).toContain(`## ${SECOND}\n\nChanges since ${FIRST}. [Reference](versions/${SECOND}/reference.md)`);
    expect(text).toContain('**Deprecated as of 31 January 2026 and will be removed after 31 January 2027.**');
    expect(text).toContain(`## ${THIRD}\n\nChanges since ${SECOND}.`);
  });
});
