// The try-it panel as HTML, with what it offers, all from the contract: servers, operations, parameters, examples. page/try-it.ts makes it work.
import {
  basePathOf,
  type Contract,
  type OperationEntry,
  operationsOf,
  type RequestBody,
  resolve,
  urlOf,
} from '../../model/contract.ts';

/** An operation that can be tried. */
export interface PanelOperation {
  summary: string;
  method: string;
  path: string;
  parameters: PanelParameter[];
  /** What it takes besides; nothing when there is no body. */
  body?: { mediaType: string; examples: { summary: string; value: unknown }[] };
}

export interface PanelParameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  example: string;
}

/** What the page brings along, made from the contract. */
export interface PanelData {
  operations: PanelOperation[];
  /** Between the place of the page and the paths of the API. */
  basePath: string;
  servers: { url: string; description: string }[];
  /** What the error table says of each error type. */
  errors: Record<string, { cause: string; remedy: string }>;
}

export function panelData(contract: Contract): PanelData {
  return {
    operations: operationsOf(contract).map((place) => describe(contract, place)),
    basePath: basePathOf(contract),
    servers: contract.servers.map((server) => {
      const url = urlOf(server);
      return { url, description: (server.description ?? url).replaceAll('`', '') };
    }),
    errors: errorTable(contract),
  };
}

function describe(contract: Contract, { path, method, operation, parameters }: OperationEntry): PanelOperation {
  const body = operation.requestBody && resolve<RequestBody>(contract, operation.requestBody);
  const [mediaType, media] = Object.entries(body?.content ?? {})[0] ?? [];
  const examples = Object.entries(media?.examples ?? {}).map(([name, { summary = name, value }]) => ({
    summary,
    value,
  }));
  return {
    summary: operation.summary,
    method: method.toUpperCase(),
    path,
    // A page may not set cookies for another host.
    parameters: parameters.flatMap(({ name, in: place, required = false, example = '' }) =>
      place === 'cookie' ? [] : [{ name, in: place, required, example: String(example) }],
    ),
    ...(mediaType && { body: { mediaType, examples } }),
  };
}

/** The table of error types in the description, as a reader of the page has it before them. */
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
<div class="try-head"><h2 id="try-it-title">Try it</h2><button type="button" id="try-it-close" aria-label="Close"><span aria-hidden="true">×</span></button></div>
<form method="dialog" id="try-it-form">
<label${data.operations.length > 1 ? '' : ' hidden'}>Operation<select id="try-it-operation"></select></label>
<p class="try-call"><b id="try-it-method"></b> <code id="try-it-path"></code></p>
<label>Base URL<select id="try-it-server" autofocus></select></label>
<p id="try-it-warning" class="try-warning" hidden>This is a service of the vendor, not of this package: it needs credentials of its own, what is created there stays, and it may not let a browser call it from here.</p>
<div class="try-pair">
<label>Client ID<input id="try-it-client" autocomplete="off" autocapitalize="none" spellcheck="false" value="key" required></label>
<label>Client secret<input id="try-it-secret" type="password" autocomplete="off" value="secret"></label>
</div>
<p class="try-note">Never stored. <code>key</code> and <code>secret</code> open the mock, and a server that was started fresh.</p>
<div id="try-it-required"></div>
<details class="try-more"><summary>Optional parameters</summary><div id="try-it-optional"></div></details>
<div id="try-it-content"><label>Example<select id="try-it-example"></select></label>
<label>Body<textarea id="try-it-body" rows="9" spellcheck="false" autocapitalize="none"></textarea></label></div>
<div class="try-actions"><button type="submit" id="try-it-send">Send</button><button type="button" id="try-it-cancel" hidden>Cancel</button></div>
</form>
<section id="try-it-answer" class="try-answer" aria-label="Answer" hidden>
<div role="status"><p><b id="try-it-status"></b> <span id="try-it-time"></span></p>
<p id="try-it-advice"></p></div>
<pre id="try-it-answer-body" role="group" tabindex="0" aria-label="Body of the answer"></pre>
<details id="try-it-more" open><summary>Headers</summary><pre id="try-it-headers" role="group" tabindex="0" aria-label="Headers of the answer"></pre></details>
</section>
<script type="application/json" id="try-it-data">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>
</dialog>`;
}
