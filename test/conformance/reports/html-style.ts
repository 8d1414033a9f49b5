// The style sheet of the HTML report.

export const STYLE = `
:root { --line: #d0d7de; --muted: #57606a; --good: #1a7f37; --bad: #cf222e; --unknown: #9a6700; --code: #f6f8fa; }
@media (prefers-color-scheme: dark) {
  :root { --line: #3d444d; --muted: #9198a1; --good: #3fb950; --bad: #f85149; --unknown: #d29922; --code: #151b23; }
}
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }
header, main { max-width: 72rem; margin: 0 auto; padding: 1rem 1.5rem; }
header { border-left: .5rem solid var(--unknown); }
header.passed { border-color: var(--good); }
header.failed { border-color: var(--bad); }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
header p { margin: .25rem 0 0; color: var(--muted); }
details { border: 1px solid var(--line); border-radius: .375rem; margin: .5rem 0; padding: .5rem .75rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
meter { width: 8rem; vertical-align: middle; margin-left: .5rem; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .25rem 1rem; margin: .75rem 0 0; }
dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
pre, code { font: 13px/1.45 ui-monospace, monospace; }
pre { background: var(--code); padding: .5rem .75rem; border-radius: .375rem; margin: .25rem 0; white-space: pre-wrap;
  overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .75rem .25rem 0; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
tr.failed th::before { content: "\\2717 "; color: var(--bad); }
tr.passed th::before { content: "\\2713 "; color: var(--good); }
tr.gap td:last-child { color: var(--unknown); }
@media (max-width: 40rem) { dl { grid-template-columns: minmax(0, 1fr); } }
`;
