// Changes to the minified code of Redoc: in the CLI, which prerenders, and in the script that the browser runs.

interface Patch {
  /** The effect of the change, which the error names when the pattern does not match. */
  effect: string;
  pattern: RegExp;
  replacement: string;
}

/** The attribution at the foot of the menu. Redoc would load an image from another host. */
const ATTRIBUTION = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" width="44" height="16" viewBox="0 0 44 16">' +
    '<text x="0" y="12" font-family="sans-serif" font-size="12" font-weight="600" fill="#5b6b82">Redoc</text></svg>',
)}`;

const PATCHES: readonly Patch[] = [
  {
    effect: 'all sections are rendered at once, not on scroll: the HTML has the text and every link target',
    pattern: /useState\)\(\(\)=>\w+\|\|\w+\.has\(\w+\)\)/,
    replacement: 'useState)(()=>!0)',
  },
  {
    effect: 'nested fields are rendered at once, for the same reason',
    pattern: /forceMount:(\w+)=!1/,
    replacement: 'forceMount:$1=!0',
  },
  {
    effect: 'links to operations without a tag start with "operations", not "other"',
    pattern: /([`"])other\1(,\w+\(e\.operationId\))/,
    replacement: '$1operations$1$2',
  },
  {
    effect: 'the button that selects an example has its text as accessible name',
    pattern: /"aria-label":([`"])Example\1,(?=options:)/,
    replacement: '',
  },
  {
    effect: 'the title is without the version, which is in the bar of the page',
    pattern: /(,\w+=)\w+\?\.version\?`\$\{\w+\} \(\$\{\w+\.version\}\)`:/,
    replacement: '$1',
  },
  {
    effect: 'headings within an operation are one level below its own',
    pattern: /\.h4(\.attrs\(\(\{className:\w+\}\)=>\(\{"data-component-name":[`"]Typography\/H4)/,
    replacement: '.h3$1',
  },
  {
    effect: 'headings within a request or response are one level below those',
    pattern: /\.h5(`\s+font-size: var\(--font-size-md\))/,
    replacement: '.h4$1',
  },
  {
    effect: 'the menu is a navigation landmark',
    pattern: /className:\w+,(?=\$collapsedSidebar:)/,
    replacement: '$&role:"navigation","aria-label":"Contents",',
  },
  {
    effect: 'the search is a button for keyboards and screen readers',
    pattern: /onClick:(\w+),onPointerEnter:\w+,className:\w+,"data-testid":[`"]search-trigger[`"]/,
    replacement:
      '$&,role:"button",tabIndex:0,onKeyDown:k=>{(k.key==="Enter"||k.key===" ")&&(k.preventDefault(),$1(k))}',
  },
  {
    effect: 'the button that collapses nested fields has an accessible name when they are expanded',
    pattern: /data-schema-nested-open":(\w+)\?.{1,40}?children:\[\(0,\w+\.jsxs\)\(\w+,\{(?=type:[`"]button[`"])/,
    replacement: '$&"aria-expanded":$1,"aria-label":$1?"Hide details":void 0,',
  },
  {
    effect: 'the button of the colour theme has an accessible name',
    pattern: /(sendColorModeSwitchedMessage\([^)]*\),\w+\(\w+\)\},"aria-label":)\w+/,
    replacement: '$1"Switch between light and dark"',
  },
  {
    effect: 'a tooltip that reports a result, such as "Copied!", is a status, others are hidden from screen readers',
    pattern: /(\.\.\.!(\w+)&&!\w+\?\{onMouseEnter[\s\S]{1,350}?)(?="data-testid":)/,
    replacement: '$1...$2?{role:"status"}:{"aria-hidden":!0},',
  },
  {
    effect: 'the same in browsers that cannot anchor it with CSS',
    pattern: /(\.\.\.!(\w+)&&!\w+&&\{onMouseEnter[\s\S]{1,350}?)(?="data-testid":)/,
    replacement: '$1...$2?{role:"status"}:{"aria-hidden":!0},',
  },
  {
    effect: 'the scheme of HTTP authentication is displayed, not its type, which is always "http"',
    pattern: /(HTTP Authorization Scheme[`"]\),value:\w+\.)type/,
    replacement: '$1scheme',
  },
  {
    effect: 'the full logo is embedded',
    pattern: /https:\/\/cdn\.redoc\.ly\/redoc\/logo-mini-full\.svg/,
    replacement: ATTRIBUTION,
  },
  {
    effect: 'the small logo is embedded',
    pattern: /https:\/\/cdn\.redoc\.ly\/redoc\/logo-mini\.svg/,
    replacement: ATTRIBUTION,
  },
];

/**
 * Displays the code sample of the selected example; Redoc always displays the first of a language. Only the browser
 * needs it, since the prerendered page has the first example.
 */
export function followExample(source: string): string {
  const effect = 'the code sample follows the selected example';
  const [, index = ''] = findOnly(
    source,
    /exampleIds:\w+,selectedIdx:(\w+),onSelect:\w+\}\),\(0,\w+\.jsx\)\(\w+,\{description:\w+\[/,
    effect,
  );
  const choice = /let (\w+)=(\w+)\?\.find\((\w+=>\w+\(\w+\)===\w+)\);(return \1\?\1\.source:[^}]+\}`\},\[[^\]]+)\]/;
  findOnly(source, choice, effect);
  return source.replace(choice, `let $1=$2?.filter($3)??[];$1=$1[${index}]??$1[0];$4,${index}]`);
}

/** Exports the function that renders a page as `renderPage`, and removes its message. It applies to the CLI only. */
export function exportRenderer(source: string): string {
  const effect = 'the renderer of build-docs is exported';
  const parameters = /\w+,\{title:\w+,templateFileName:[^{}]*(?:\{\}[^{}]*)?\},\w+/.source;
  const message = /\w+\.info\(`Prerendering docs\n`\);/.source;
  const head = new RegExp(`(async function (\\w+)\\(${parameters}\\)\\{)${message}`);
  const [, , name] = findOnly(source, head, effect);
  findOnly(source, /export\{(?=\w+ as handlerBuildCommand)/, effect);
  return source.replace(head, '$1').replace(/export\{(?=\w+ as handlerBuildCommand)/, `$&${name} as renderPage,`);
}

/** Applies each patch. @throws Error naming a patch that does not match exactly once, as after an update of Redoc */
export function patchRedoc(source: string): string {
  return PATCHES.reduce((text, { effect, pattern, replacement }) => {
    findOnly(text, pattern, effect);
    return text.replace(pattern, replacement);
  }, source);
}

function findOnly(text: string, pattern: RegExp, effect: string): RegExpExecArray {
  const [found, ...others] = text.matchAll(new RegExp(pattern, 'g'));
  if (!found || others.length > 0)
    throw new Error(`Redoc has ${found ? others.length + 1 : 0} matches, not one, for this patch: ${effect}.`);
  return found;
}
