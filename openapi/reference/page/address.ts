// Lets the page name the address that it was loaded from. Redoc calls it before it renders.
import { PAGE_ORIGIN } from '../site/served-contract.ts';
import { baseUrlOfPage, data } from './panel-data.ts';

interface Definition {
  servers?: { url: string }[];
  paths?: Record<string, Record<string, { 'x-codeSamples'?: { source: string }[] }>>;
}

/**
 * The address that the page names. The server knows neither the path nor, behind some proxies, the host that a browser
 * uses.
 */
const written = document.querySelector<HTMLMetaElement>('meta[name=origin]')?.content + data.basePath;

function useAddressOfPage({ servers = [], paths = {} }: Definition): void {
  for (const server of servers) server.url = withAddress(server.url, PAGE_ORIGIN + data.basePath);
  const operations = Object.values(paths).flatMap((item) => Object.values(item));
  for (const sample of operations.flatMap((operation) => operation['x-codeSamples'] ?? []))
    sample.source = withAddress(sample.source, PAGE_ORIGIN + data.basePath);
}

function withAddress(text: string, from: string): string {
  return text.replaceAll(from, baseUrlOfPage);
}

/** The prerendered HTML of the page, which Redoc hydrates unchanged. */
function changePage(): void {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode())
    if (text.nodeValue?.includes(written)) text.nodeValue = withAddress(text.nodeValue, written);
}

if (written !== baseUrlOfPage) changePage();
Object.assign(globalThis, { useAddressOfPage });
