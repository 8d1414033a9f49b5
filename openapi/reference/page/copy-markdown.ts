// The button "Copy as Markdown", which copies the Markdown version of the page, `reference.md`.

const button = document.querySelector<HTMLButtonElement>('#copy-markdown');
const status = document.querySelector<HTMLElement>('#copy-markdown-status');

async function readMarkdown(): Promise<Blob> {
  const response = await fetch('reference.md');
  if (!response.ok) throw new Error(`reference.md: status ${response.status}`);
  return new Blob([await response.text()], { type: 'text/plain' });
}

/** Safari allows the clipboard during a click only, so it gets the promise of the text. */
async function copy(): Promise<string> {
  try {
    await navigator.clipboard.write([new ClipboardItem({ 'text/plain': readMarkdown() })]);
    return 'Copied';
  } catch {
    return 'Copying failed: open Markdown instead';
  }
}

// Browsers do not let a page from a file read other files, and offer no clipboard to pages without TLS, except on
// localhost.
if (button && status && location.protocol !== 'file:' && 'clipboard' in navigator) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    status.textContent = '';
    status.textContent = await copy();
  });
}
