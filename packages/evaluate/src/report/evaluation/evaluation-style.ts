/** What the page of an evaluation adds to the style of all pages. */
export const evaluationStyle = `
:root { --good: #17693a; --bad: #a3232b; }
@media (prefers-color-scheme: dark) { :root { --good: #6fce95; --bad: #ff8d92; } }
.conclusions { list-style: none; padding: 0; margin: 20px 0 0; display: grid; gap: 12px; }
.conclusions p { margin: 0; }
.conclusions .conclusion { font-size: 1.15rem; margin-bottom: 4px; }
.conclusions p + p.note { margin-top: 4px; }
.badge { display: inline-block; border: 1.5px solid currentColor; border-radius: 999px; padding: 0 10px; font-weight: 650; }
.badge.good { color: var(--good); } .badge.bad { color: var(--bad); } .badge.open { color: var(--muted); }
.cards.wide td { white-space: nowrap; }
.cards.wide td:last-child { white-space: normal; min-width: 13rem; }
.cards.wide { grid-template-columns: 1fr; }
.cards.wide .chart { max-width: 620px; }
.controls { display: flex; flex-wrap: wrap; gap: 12px 20px; margin: 12px 0 0; }
.controls[hidden] { display: none; }
.controls label { display: grid; gap: 2px; font-size: 0.875rem; color: var(--muted); }
.controls select { font: inherit; font-size: 1rem; color: var(--ink); background: var(--paper); border: 1px solid var(--muted); border-radius: 8px; padding: 6px 10px; max-width: 100%; }
.controls select:focus-visible { outline: 2px solid var(--after); outline-offset: 2px; }
.grid li[hidden] { display: none; }
.images span { display: block; }
.images .margin { font-weight: 600; color: var(--ink); white-space: nowrap; }
figcaption .note { font-weight: 400; }
@media print { .controls { display: none; } }
`;
