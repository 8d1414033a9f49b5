// The try-it panel as HTML, with what it offers: the servers, and the examples of the contract. page/try-it.ts makes it work.
import { basePathOf, type Contract, operationsOf, type RequestBody, resolve } from '../contract.ts';

/** What the page brings along, made from the contract. */
export interface PanelData {
  method: string;
  path: string;
  /** Between the place of the page and the paths of the API. */
  basePath: string;
  mediaType: string;
  servers: { url: string; description: string }[];
  examples: { summary: string; value: unknown }[];
}

export function panelData(contract: Contract): PanelData {
  const place = operationsOf(contract)[0];
  if (!place?.operation.requestBody) throw new Error('The contract has no operation with a body to try.');
  const body = resolve<RequestBody>(contract, place.operation.requestBody);
  const [mediaType, media] = Object.entries(body.content)[0] ?? [];
  if (!mediaType) throw new Error(`${place.operation.operationId} has no media type.`);
  return {
    method: place.method.toUpperCase(),
    path: place.path,
    basePath: basePathOf(contract),
    mediaType,
    servers: contract.servers.map(({ url, description = url, variables = {} }) => ({
      url: url.replace(/\{(\w+)\}/g, (_, name: string) => variables[name]?.default ?? ''),
      description: description.replaceAll('`', ''),
    })),
    examples: Object.entries(media?.examples ?? {}).map(([name, { summary = name, value }]) => ({ summary, value })),
  };
}

export function panelHtml(data: PanelData): string {
  return `<dialog id="try-it" class="try" aria-labelledby="try-it-title">
<form method="dialog" id="try-it-form">
<div class="try-head"><h2 id="try-it-title">Try it</h2><button type="button" id="try-it-close" aria-label="Close">×</button></div>
<p class="try-call"><b>${data.method}</b> <code>${data.path}</code></p>
<label>Base URL<select id="try-it-server"></select></label>
<p id="try-it-warning" class="try-warning" hidden>This is a service of the vendor, not of this package: it needs credentials of its own, what is created there stays, and it may not let a browser call it from here.</p>
<div class="try-pair">
<label>Client ID<input id="try-it-client" autocomplete="off" spellcheck="false" value="key" required></label>
<label>Client secret<input id="try-it-secret" type="password" autocomplete="off" value="secret"></label>
</div>
<p class="try-note">Never stored. <code>key</code> and <code>secret</code> open the mock, and a server that was started fresh.</p>
<label>Example<select id="try-it-example"></select></label>
<label>Body<textarea id="try-it-body" rows="9" spellcheck="false"></textarea></label>
<button type="submit" id="try-it-send">Send</button>
</form>
<section id="try-it-answer" class="try-answer" aria-live="polite" aria-label="Answer" hidden>
<p><b id="try-it-status"></b> <span id="try-it-time"></span></p>
<pre id="try-it-answer-body" tabindex="0" aria-label="Body of the answer"></pre>
<details><summary>Headers</summary><pre id="try-it-headers" tabindex="0" aria-label="Headers of the answer"></pre></details>
</section>
<script type="application/json" id="try-it-data">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>
</dialog>`;
}
