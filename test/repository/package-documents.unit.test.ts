// The documents of the packages, which only name pages that the package has.
import { describe, expect, it } from 'vitest';
import { addressOf, documentsOf, PACKAGES, type PackageSource } from '../../openapi/tooling/build/packages.ts';
import { packageDocument } from '../../openapi/tooling/build/readme.ts';
import { textOf } from './documents.ts';

/** The documents of a package, by their path in it. */
function documentsIn(source: PackageSource): Map<string, string> {
  return new Map(
    documentsOf(source).map((path) => [addressOf(path, source) ?? '', packageDocument(textOf(path), path, source)]),
  );
}

const [contract] = PACKAGES;
if (contract?.name !== 'contract') throw new Error('The first package is not the contract.');
const contractDocuments = documentsIn(contract);

describe('the package of the contract', () => {
  it('has the page with the options of the client, the one on the mock in a browser, and links to both', () => {
    const readme = contractDocuments.get('README.md') ?? '';

    expect(readme).toContain('[The client in an application](openapi/client/README.md)');
    expect(readme).toContain('[the mock in a browser](mock/README.md#in-the-browser)');
    expect(readme).toContain('[validators for forms](openapi/client/README.md#forms)');
    expect(readme).toContain('](openapi.yaml)');
    expect(contractDocuments.get('openapi/client/README.md')).toMatch(/^\| `maxRetryWaitMs` \| `60000` \|/m);
    expect(contractDocuments.get('openapi/client/README.md')).toContain(
      '[A form in React](../../mock/README.md#a-form-in-react)',
    );
    expect(contractDocuments.get('mock/README.md')).toContain('`createBrowserMock`');
  });
});

describe.each(PACKAGES)('the documents of $name', (source) => {
  const documents = documentsIn(source);

  it('have no link to a missing heading', () => {
    const anchors = [...documents].flatMap(([document, text]) =>
      [...text.matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)].map(([, path = '', anchor = '']) => {
        const target = path === '' ? document : new URL(path, `file:///${document}`).pathname.slice(1);
        return { anchor, target };
      }),
    );
    const missing = anchors.filter(({ anchor, target }) => !headingsIn(documents.get(target) ?? '').includes(anchor));

    expect(missing).toEqual([]);
  });

  it('name no other page of the repository by its title', () => {
    const titles =
      /\b(Contributing|Security|test\/bench\/README\.md|[Hh]ow (it was|they were) measured|Find your way)\b/;

    for (const text of documents.values()) expect(titles.exec(text)?.[0]).toBeUndefined();
  });
});

/** The paths in the form of links. */
function headingsIn(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replace(/ /g, '-'),
  );
}
