// The files of the site other than its pages: styles, fonts, icon and scripts.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { build } from 'esbuild';
import type { Asset } from '../site/asset.ts';
import { noScriptStyle } from './no-script.ts';

export interface Assets {
  theme: Asset;
  noScript: Asset;
  /** A script that runs before Redoc. */
  address: Asset;
  menus: Asset;
  /** The script that copies the page as Markdown. */
  copyMarkdown: Asset;
  panel: Asset;
  icon: Asset;
  /**
   * The script that closes the version menu. Like the style sheet of the changelog, it is only on sites with several
   * versions.
   */
  versionMenu: Asset;
  changelog: Asset;
  /** The assets of every site. */
  all: Asset[];
}

/** The fonts cover Latin only, the script of the contract. Other letters fall back to system fonts. */
const FONTS = {
  'inter.woff2': '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2',
  'jetbrains-mono.woff2': '@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2',
};

/** Adds a file as `assets/NAME.HASH.EXTENSION`. */
export function hashed(file: string, content: string | Buffer): Asset {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 12);
  return { name: `assets/${file.replace(/(?=\.[^.]+$)/, `.${hash}`)}`, content, immutable: true };
}

/** `styles` are the style sheets of Redoc; the one for browsers without scripts is derived from them. */
export async function collectAssets(styles: readonly string[]): Promise<Assets> {
  const fonts = await Promise.all(
    Object.entries(FONTS).map(async ([file, source]) => ({
      file,
      font: hashed(file, await readFile(new URL(import.meta.resolve(source)))),
    })),
  );
  const sheets = ['theme.css', 'frame.css', 'try-it.css'].map((file) =>
    readFile(new URL(`../page/${file}`, import.meta.url), 'utf8'),
  );
  const css = fonts.reduce(
    // Style sheet and font are both in assets/.
    (text, { file, font }) => text.replaceAll(`url(${file})`, `url(${font.name.replace('assets/', '')})`),
    (await Promise.all(sheets)).join('\n'),
  );
  const theme = hashed('theme.css', css);
  const ownStyle = await readFile(new URL('../page/no-script.css', import.meta.url), 'utf8');
  const noScript = hashed('no-script.css', noScriptStyle(ownStyle, [...styles, css]));
  const [address, menus, copyMarkdown, panel] = [
    hashed('address.js', await bundleScript('address.ts')),
    hashed('menus.js', await bundleScript('menus.ts')),
    hashed('copy-markdown.js', await bundleScript('copy-markdown.ts')),
    hashed('try-it.js', await bundleScript('try-it.ts')),
  ];
  const icon = hashed('icon.svg', await readFile(new URL('../page/icon.svg', import.meta.url)));
  const files = { theme, noScript, address, menus, copyMarkdown, panel, icon };
  const versionMenu = hashed('version-menu.js', await bundleScript('version-menu.ts'));
  const changelog = hashed('changelog.css', await readFile(new URL('../page/changelog.css', import.meta.url)));
  return { ...files, versionMenu, changelog, all: [...Object.values(files), ...fonts.map(({ font }) => font)] };
}

async function bundleScript(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [new URL(`../page/${file}`, import.meta.url).pathname],
    bundle: true,
    format: 'iife',
    minify: true,
    target: 'es2022',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}
