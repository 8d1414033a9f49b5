import type { PanelData } from '../build/try-it-panel.ts';
import { element } from './element.ts';

export const data: PanelData = JSON.parse(element('data', HTMLScriptElement).text);

/** The base URL of the API that serves this page. */
export const baseUrlOfPage = new URL(
  `${data.root ?? ''}${data.basePath.replace(/^\//, '')}`,
  document.baseURI.replace(/[?#].*$/, ''),
).href;
