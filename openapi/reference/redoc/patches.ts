// What is changed in Redoc's own code, which is minified: once in the copy that prerenders, once in the copy that the browser runs.

interface Patch {
  /** Names the change when Redoc no longer has the place. */
  what: string;
  pattern: RegExp;
  replacement: string;
}

/** Shown by Redoc at the foot of the menu, in place of an image that it would fetch from another host. */
const ATTRIBUTION = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" width="44" height="16" viewBox="0 0 44 16"><text x="0" y="12" font-family="sans-serif" font-size="12" font-weight="600" fill="#5b6b82">Redoc</text></svg>',
)}`;

const PATCHES: readonly Patch[] = [
  {
    what: 'sections are rendered at once, not when they are scrolled to: the text stands in the HTML, and every link has its target',
    pattern: /useState\)\(\(\)=>\w+\|\|\w+\.has\(\w+\)\)/,
    replacement: 'useState)(()=>!0)',
  },
  {
    what: 'nested fields are rendered at once, for the same reason',
    pattern: /forceMount:(\w+)=!1/,
    replacement: 'forceMount:$1=!0',
  },
  {
    what: 'links to an operation without a tag begin with "operations", not with "other"',
    pattern: /([`"])other\1(,\w+\(e\.operationId\))/,
    replacement: '$1operations$1$2',
  },
  {
    what: 'the button that chooses an example is called what it shows',
    pattern: /"aria-label":([`"])Example\1,(?=options:)/,
    replacement: '',
  },
  {
    what: 'the title is the title: the version stands beside it at the top of the page, and a date breaks badly',
    pattern: /(,\w+=)\w+\?\.version\?`\$\{\w+\} \(\$\{\w+\.version\}\)`:/,
    replacement: '$1',
  },
  {
    what: 'the headings of an operation are of the level below its own',
    pattern: /\.h4(\.attrs\(\(\{className:\w+\}\)=>\(\{"data-component-name":[`"]Typography\/H4)/,
    replacement: '.h3$1',
  },
  {
    what: 'the headings within a request or a response are of the level below that',
    pattern: /\.h5(`\s+font-size: var\(--font-size-md\))/,
    replacement: '.h4$1',
  },
  {
    what: 'the menu is a landmark for screen readers',
    pattern: /className:\w+,(?=\$collapsedSidebar:)/,
    replacement: '$&role:"navigation","aria-label":"Contents",',
  },
  {
    what: 'the search is a button, for the keyboard and for screen readers too',
    pattern: /onClick:(\w+),onPointerEnter:\w+,className:\w+,"data-testid":[`"]search-trigger[`"]/,
    replacement:
      '$&,role:"button",tabIndex:0,onKeyDown:k=>{(k.key==="Enter"||k.key===" ")&&(k.preventDefault(),$1(k))}',
  },
  {
    what: 'the button that folds nested fields has a name when they are open',
    pattern: /data-schema-nested-open":(\w+)\?.{1,40}?children:\[\(0,\w+\.jsxs\)\(\w+,\{(?=type:[`"]button[`"])/,
    replacement: '$&"aria-expanded":$1,"aria-label":$1?"Hide details":void 0,',
  },
  {
    what: 'the button for light and dark is called what it does',
    pattern: /(sendColorModeSwitchedMessage\([^)]*\),\w+\(\w+\)\},"aria-label":)\w+/,
    replacement: '$1"Switch between light and dark"',
  },
  {
    what: 'the scheme of HTTP authentication is shown, not its type, which is always "http"',
    pattern: /(HTTP Authorization Scheme[`"]\),value:\w+\.)type/,
    replacement: '$1scheme',
  },
  {
    what: 'the full logo comes with the page',
    pattern: /https:\/\/cdn\.redoc\.ly\/redoc\/logo-mini-full\.svg/,
    replacement: ATTRIBUTION,
  },
  {
    what: 'the small logo comes with the page',
    pattern: /https:\/\/cdn\.redoc\.ly\/redoc\/logo-mini\.svg/,
    replacement: ATTRIBUTION,
  },
];

/**
 * Redoc shows one sample for a language, whichever example is chosen beside it. This lets it show the sample that stands at the place of
 * the chosen example among those of the language. (The page begins with the first example, so only the browser needs it.)
 */
export function followExample(source: string): string {
  const what = 'the code sample follows the chosen example';
  const [, index = ''] = findOnly(
    source,
    /exampleIds:\w+,selectedIdx:(\w+),onSelect:\w+\}\),\(0,\w+\.jsx\)\(\w+,\{description:\w+\[/,
    what,
  );
  const choice = /let (\w+)=(\w+)\?\.find\((\w+=>\w+\(\w+\)===\w+)\);(return \1\?\1\.source:[^}]+\}`\},\[[^\]]+)\]/;
  findOnly(source, choice, what);
  return source.replace(choice, `let $1=$2?.filter($3)??[];$1=$1[${index}]??$1[0];$4,${index}]`);
}

/** Makes every change exactly once. @throws Error that names the change whose place is missing or not unique, as after an update of Redoc */
export function patchRedoc(source: string): string {
  return PATCHES.reduce((text, { what, pattern, replacement }) => {
    findOnly(text, pattern, what);
    return text.replace(pattern, replacement);
  }, source);
}

function findOnly(text: string, pattern: RegExp, what: string): RegExpExecArray {
  const [found, ...others] = text.matchAll(new RegExp(pattern, 'g'));
  if (!found || others.length > 0)
    throw new Error(`Redoc has ${found ? others.length + 1 : 0} places, not one, for this change: ${what}.`);
  return found;
}
