/** What the timeline adds to the style of all pages: the prompts and the base stay in sight while the steps scroll. */
export const timelineStyle = `
main.wide { max-width: none; }
.timeline { overflow: auto; max-height: 92vh; background: var(--paper); border: 1px solid var(--line); border-radius: 12px; }
.timeline table { width: auto; border-spacing: 0; border-collapse: separate; }
.timeline th, .timeline td { padding: 8px; border-top: 1px solid var(--line); background: var(--paper); }
.timeline thead th, .timeline thead td { position: sticky; top: 0; z-index: 2; border: 0; color: var(--ink); font-weight: 600; vertical-align: bottom; }
.timeline .fact { font-weight: 400; color: var(--muted); font-size: 0.8rem; max-width: 20ch; white-space: normal; }
.timeline tr > :first-child { position: sticky; left: 0; z-index: 1; width: 11rem; min-width: 11rem; max-width: 11rem; }
.timeline tr > :nth-child(2) { position: sticky; left: 11rem; z-index: 1; border-right: 1px solid var(--line); }
.timeline thead tr > :nth-child(-n + 2) { z-index: 3; }
.timeline img { display: block; width: 176px; height: auto; border-radius: 6px; background: #fff; }
.timeline a { display: block; border-radius: 8px; }
.timeline a:focus-visible { outline: 3px solid var(--after); outline-offset: 2px; }
img.pixels { image-rendering: pixelated; }
dialog { border: 0; border-radius: 14px; padding: 20px 24px; max-width: 96vw; background: var(--paper); color: var(--ink); }
dialog::backdrop { background: rgb(0 0 0 / 0.7); }
dialog h2 { margin: 0 0 12px; }
dialog .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; }
dialog figure { margin: 0; }
dialog img { display: block; width: min(44vw, 70vh); height: auto; border-radius: 8px; background: #fff; }
dialog figcaption { color: var(--muted); margin-top: 6px; }
@media (max-width: 520px) {
  .timeline tr > :first-child { width: 6rem; min-width: 6rem; max-width: 6rem; }
  .timeline tr > :nth-child(2) { left: 6rem; }
  .timeline img { width: 108px; }
}
@media print { .timeline { max-height: none; overflow: visible; } .timeline img { width: 90px; } }
`;
