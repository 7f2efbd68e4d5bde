/** The page's whole style: light and dark by the reader's setting, one column on a phone, plain on paper. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --page: #f6f5f2; --ink: #1d1d1f; --muted: #63636b; --line: #e2e0da;
  --before: #8a8a94; --baseline: #b9770e; --after: #3257d6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #1b1c20; --page: #121316; --ink: #ececf0; --muted: #a0a0ab; --line: #303138;
    --before: #8f8f9b; --baseline: #e0a23c; --after: #86a3ff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
  -webkit-text-size-adjust: 100%;
}
main, footer { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
header { padding: 48px 0 8px; }
h1 { font-size: clamp(1.7rem, 4.5vw, 2.5rem); line-height: 1.15; letter-spacing: -0.02em; margin: 0 0 12px; text-wrap: balance; }
h2 { font-size: 1.3rem; letter-spacing: -0.01em; margin: 48px 0 4px; }
h3 { font-size: 1rem; margin: 0 0 2px; }
p { margin: 0 0 8px; max-width: 70ch; overflow-wrap: anywhere; }
header p { font-size: 1.1rem; }
.note { color: var(--muted); font-size: 0.925rem; }
section > .note { margin-bottom: 12px; }
.cards { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); margin: 12px 0 0; }
.tiles { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 220px), 1fr)); margin: 24px 0 0; }
.card, .tile { background: var(--paper); border: 1px solid var(--line); border-radius: 12px; padding: 18px 20px; min-width: 0; margin: 0; }
.tile dt { color: var(--muted); font-size: 0.925rem; }
.tile dd { margin: 0; font-variant-numeric: tabular-nums; }
.tile .value { font-size: 1.9rem; line-height: 1.25; font-weight: 650; letter-spacing: -0.02em; overflow-wrap: anywhere; }
.tile .value .evidence { display: block; font-size: 0.875rem; font-weight: 400; letter-spacing: 0; line-height: 1.5; }
article { container-type: inline-size; }
.share { white-space: nowrap; font-weight: 600; }
.tile .share { font-weight: inherit; }
.evidence { color: var(--muted); }
.chart { display: block; width: 100%; max-width: 640px; height: auto; overflow: visible; font-size: 12px; margin: 8px 0; font-family: inherit; }
.chart text { white-space: pre; paint-order: stroke; }
table { border-collapse: collapse; width: 100%; font-size: 0.925rem; font-variant-numeric: tabular-nums; }
.settings td { overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: 6px 16px 6px 0; border-top: 1px solid var(--line); overflow-wrap: break-word; }
thead th, thead td { border-top: 0; color: var(--muted); font-weight: 500; white-space: nowrap; }
th[scope="row"] { font-weight: 500; }
td.number, th.number { text-align: right; white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
.dot { display: inline-block; width: 10px; height: 10px; border-radius: 50%; margin-right: 8px; }
.dot.before { background: var(--before); } .dot.baseline { background: var(--baseline); } .dot.after { background: var(--after); }
details { margin-top: 8px; font-size: 0.925rem; }
summary { cursor: pointer; color: var(--muted); }
summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--after); outline-offset: 2px; border-radius: 4px; }
details .scroll { max-height: 20rem; overflow-y: auto; margin-top: 8px; }
.grid { list-style: none; padding: 0; margin: 12px 0 0; display: grid; gap: 16px;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, var(--row)), 1fr)); }
.grid figure { height: 100%; display: flex; flex-direction: column; }
.grid figcaption { font-weight: 600; line-height: 1.35; margin: 0 0 12px; overflow-wrap: anywhere; }
.images { display: grid; grid-template-columns: repeat(auto-fit, minmax(110px, 1fr)); gap: 12px; margin-top: auto; }
.images img { display: block; width: 100%; height: auto; border-radius: 8px; background: #fff; border: 1px solid var(--line); }
.images .pixels { image-rendering: pixelated; }
.images span { display: block; color: var(--muted); font-size: 0.875rem; margin-top: 6px; }
ol { padding-left: 1.4em; max-width: 75ch; } li { margin: 4px 0; }
footer { color: var(--muted); font-size: 0.875rem; padding-top: 48px; padding-bottom: 48px; }
@media (max-width: 520px) {
  main, footer { padding: 0 16px; } header { padding-top: 28px; } .card, .tile { padding: 14px 16px; }
  .images { gap: 8px; }
  .chart { font-size: 15px; } /* in units of the drawing, which a phone shows at two thirds */
}
@container (max-width: 400px) { /* a label gets a line of its own */
  .shares thead { display: none; }
  .shares tr { display: grid; grid-template-columns: 5rem 1fr auto; border-top: 1px solid var(--line); padding: 6px 0; }
  .shares th, .shares td { border: 0; padding: 0; text-align: left; }
  .shares th { grid-column: 1 / -1; }
  .shares td:first-of-type { padding-left: 18px; }
}
@media print {
  :root { color-scheme: light; --paper: #fff; --page: #fff; --ink: #000; --muted: #444; --line: #ccc;
    --before: #777; --baseline: #96600a; --after: #2546b8; }
  body { font-size: 10pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main, footer { max-width: none; padding: 0; }
  h2 { margin-top: 24px; break-after: avoid; }
  .card, .tile, .grid li, tr { break-inside: avoid; }
  .cards { grid-template-columns: 1fr 1fr; }
  .grid { grid-template-columns: repeat(3, 1fr); }
  .images { grid-template-columns: 1fr 1fr; }
  details:not([open]) { display: none; }
}
`;
