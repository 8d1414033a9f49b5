// Lets the code samples name the address that the page was loaded from. Redoc calls it before it renders them.
import { baseUrlOfPage, data } from './panel-data.ts';

interface Definition {
  paths?: Record<string, Record<string, { 'x-codeSamples'?: { source: string }[] }>>;
}

function useAddressOfPage({ paths = {} }: Definition): void {
  const operations = Object.values(paths).flatMap((item) => Object.values(item));
  for (const sample of operations.flatMap((operation) => operation['x-codeSamples'] ?? []))
    sample.source = sample.source.replaceAll(data.sampleUrl, baseUrlOfPage);
}

/** The sample that is in the page already. Redoc takes it over as it is. */
function changePage(): void {
  for (const block of document.querySelectorAll('#redoc pre')) {
    const texts = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode())
      text.nodeValue = text.nodeValue?.replaceAll(data.sampleUrl, baseUrlOfPage) ?? null;
  }
}

changePage();
Object.assign(globalThis, { useAddressOfPage });
