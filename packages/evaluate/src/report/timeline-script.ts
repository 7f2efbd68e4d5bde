/** Moves the focus by arrow keys, one picture being the tab stop, and compares a picture with the base in a dialog. */
export const timelineScript = `
const rows = [...document.querySelectorAll('.timeline tbody tr')].map((row) => [...row.cells].slice(1).map((cell) => cell.querySelector('a')));
const dialog = document.querySelector('dialog');
const [left, right] = dialog.querySelectorAll('figure');
const all = rows.flat().filter(Boolean);
const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -Infinity], End: [0, Infinity] };
let [row, column] = [0, rows[0] ? rows[0].length - 1 : 0];
const at = (r, c) => rows[r] && rows[r][c];
function go(down, along) {
  const end = along === Infinity ? rows[row].length - 1 : along === -Infinity ? 0 : null;
  let [r, c] = [row + down, end ?? column + along];
  while (rows[r] && c in rows[r] && !at(r, c)) { r += down; c += end === null ? along : -Math.sign(along); }
  if (at(r, c)) [row, column] = [r, c];
}
function stop() { for (const link of all) link.tabIndex = link === at(row, column) ? 0 : -1; }
function show() {
  document.getElementById('compared').textContent = at(row, column).closest('tr').cells[0].textContent;
  for (const [figure, link] of [[left, at(row, 0)], [right, at(row, column)]]) {
    const image = link?.querySelector('img');
    figure.hidden = !image;
    if (!image) continue;
    const shown = figure.querySelector('img');
    shown.src = image.src; shown.alt = image.alt; shown.className = image.className;
    figure.querySelector('figcaption').textContent = image.alt.slice(0, image.alt.indexOf(':'));
  }
  dialog.querySelector('a').href = at(row, column).getAttribute('href');
}
function open(link) {
  row = rows.findIndex((of) => of.includes(link));
  column = rows[row].indexOf(link);
  stop(); show();
  if (!dialog.open) dialog.showModal();
}
document.addEventListener('keydown', (event) => {
  const step = steps[event.key];
  if (!step || event.altKey || event.ctrlKey || event.metaKey || !all.length) return;
  if (!dialog.open && !all.includes(document.activeElement)) return;
  event.preventDefault();
  go(...step); stop();
  if (dialog.open) show();
  else { at(row, column).focus(); at(row, column).scrollIntoView({ block: 'nearest', inline: 'center' }); }
});
for (const link of all) {
  link.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link);
  });
  link.addEventListener('focus', () => { row = rows.findIndex((of) => of.includes(link)); column = rows[row].indexOf(link); stop(); });
}
dialog.addEventListener('close', () => at(row, column)?.focus());
stop();
`;
