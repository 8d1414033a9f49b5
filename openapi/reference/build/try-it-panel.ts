// The try-it panel: its HTML, and its servers, operations, parameters and examples. page/try-it.ts is its script.
import {
  basePathOf,
  type Contract,
  type Example,
  isAuthenticated,
  isCommaSeparated,
  type OperationEntry,
  operationsOf,
  type RequestBody,
  resolve,
  type Schema,
  urlOf,
} from '../../model/contract.ts';
import { exampleOf } from '../../model/examples/example-value.ts';
import { serializeText } from '../../model/serialize-parameters.ts';
import { isLocal } from '../site/served-contract.ts';
import { type PagePlace, rootFrom } from '../versions/editions.ts';

/** An operation that the panel can call. */
export interface PanelOperation {
  summary: string;
  method: string;
  path: string;
  parameters: PanelParameter[];
  /** Whether it needs credentials. */
  authenticated: boolean;
  /** The body; undefined for an operation without one. */
  body?: { mediaType: string; examples: { summary: string; value: unknown }[] };
}

export interface PanelParameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  /** The example as a reader types it. The items of an array are separated by commas. */
  example: string;
  /** The initial value of an optional parameter: the version of the page, where there are several. */
  value?: string;
  /** The way to send the items of an array; undefined for other types. */
  list?: 'commas' | 'repeated';
}

/** The parts of the contract that the page embeds for the panel. */
export interface PanelData {
  operations: PanelOperation[];
  /** The relative path from the page to the API. */
  basePath: string;
  /** The relative path from the page to the root of the site; undefined for a page at the root. */
  root?: string;
  /** The servers, without that of the page. */
  servers: { url: string; description: string }[];
  /** The rows of the error table, by error type. */
  errors: Record<string, { cause: string; remedy: string }>;
}

export function panelData(contract: Contract, { editions, current }: Omit<PagePlace, 'isServed'>): PanelData {
  const version = editions.length > 1 ? contract.info.version : undefined;
  const root = rootFrom(current);
  return {
    operations: operationsOf(contract).map((entry) => describeOperation(contract, entry, version)),
    basePath: basePathOf(contract),
    ...(root !== '' && { root }),
    servers: contract.servers
      .map((server) => ({ url: urlOf(server), description: (server.description ?? urlOf(server)).replaceAll('`', '') }))
      .filter(({ url }) => !isLocal(url)),
    errors: errorTable(contract),
  };
}

function describeOperation(
  contract: Contract,
  { path, method, operation, parameters }: OperationEntry,
  version: string | undefined,
): PanelOperation {
  const body = operation.requestBody && resolve<RequestBody>(contract, operation.requestBody);
  const [mediaType, media] = Object.entries(body?.content ?? {})[0] ?? [];
  const known = media?.examples ?? { example: { value: exampleOf(contract, media?.schema ?? {}) } };
  const examples = Object.entries<Example>(known).map(([name, { summary = name, value }]) => ({
    summary,
    value,
  }));
  return {
    summary: operation.summary,
    method: method.toUpperCase(),
    path,
    // A page cannot set cookies for another host.
    parameters: parameters.flatMap((parameter) => {
      const { name, in: location, required = false, example = '' } = parameter;
      if (location === 'cookie') return [];
      const isList = resolve<Schema>(contract, parameter.schema).type === 'array';
      const list = isList ? { list: isCommaSeparated(parameter) ? ('commas' as const) : ('repeated' as const) } : {};
      const value = name === 'Sequence-Version' && version !== undefined ? { value: version } : {};
      const text = [example].flat().map(serializeText).join(',');
      return [{ name, in: location, required, example: text, ...value, ...list }];
    }),
    authenticated: isAuthenticated(contract, operation),
    ...(mediaType && { body: { mediaType, examples } }),
  };
}

/** Parses the table of error types in the description. */
function errorTable(contract: Contract): PanelData['errors'] {
  const rows = String(contract.info.description).matchAll(/^\| \d{3} \| `(\w+)` \| (.*?) \| (.*?) \|$/gm);
  return Object.fromEntries(
    [...rows].map(([, type = '', cause = '', remedy = '']) => [
      type,
      // The panel shows plain text.
      { cause: cause.replaceAll('`', ''), remedy: remedy.replaceAll('`', '') },
    ]),
  );
}

export function panelHtml(data: PanelData): string {
  return `<dialog id="try-it" class="try" aria-labelledby="try-it-title">
<div class="try-head">
<h2 id="try-it-title">Try it</h2>
<button type="button" id="try-it-close" aria-label="Close"><span aria-hidden="true">×</span></button>
</div>
<form method="dialog" id="try-it-form">
<label${data.operations.length > 1 ? '' : ' hidden'}>Operation<select id="try-it-operation"></select></label>
<p class="try-call"><b id="try-it-method"></b> <code id="try-it-path"></code></p>
<label>Base URL<select id="try-it-server" autofocus></select></label>
<p id="try-it-warning" class="try-warning" hidden>This is a server of the vendor. It needs your credentials for it, it
keeps what you create, and it may reject calls from a browser.</p>
<div class="try-pair">
<label>Client ID<input id="try-it-client" autocomplete="off" autocapitalize="none" spellcheck="false" value="key"
required></label>
<label>Client secret<input id="try-it-secret" type="password" autocomplete="off" value="secret"></label>
</div>
<p class="try-note">Never stored. The mock and a new server accept <code>key</code> and <code>secret</code>.</p>
<div id="try-it-required"></div>
<details class="try-more"><summary>Optional parameters</summary><div id="try-it-optional"></div></details>
<div id="try-it-content">
<label>Example<select id="try-it-example"></select></label>
<label>Body<textarea id="try-it-body" rows="9" spellcheck="false" autocapitalize="none"></textarea></label>
</div>
<div class="try-actions">
<button type="submit" id="try-it-send">Send</button>
<button type="button" id="try-it-cancel" hidden>Cancel</button>
</div>
</form>
<section id="try-it-response" class="try-response" aria-label="Response" hidden>
<div role="status">
<p><b id="try-it-status"></b> <span id="try-it-time"></span></p>
<p id="try-it-advice"></p>
</div>
<pre id="try-it-response-body" role="group" tabindex="0" aria-label="Response body"></pre>
<details id="try-it-more" open>
<summary>Headers</summary>
<pre id="try-it-headers" role="group" tabindex="0" aria-label="Response headers"></pre>
</details>
</section>
<script type="application/json" id="try-it-data">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>
</dialog>`;
}
