/** Sorts and filters the pictures by the controls, shows the chosen judge's margins, and says what it did. */
export const evaluationScript = `
const section = document.getElementById('pictures');
const form = section && section.querySelector('form');
if (form) {
  const list = section.querySelector('ul');
  const status = section.querySelector('[role=status]');
  const rows = [...list.children].map((item) => ({
    item,
    category: item.dataset.category,
    margins: item.dataset.margins.split('|').map((by) => by.split(' ').map(Number)),
    shown: [...item.querySelectorAll('.margin')],
  }));
  const orders = { won: (a, b) => b - a, lost: (a, b) => a - b, close: (a, b) => Math.abs(a) - Math.abs(b) };
  const text = (m) => m === 0 ? 'tie' : (m > 0 ? '+' : '\\u2212') + Number(Math.abs(m).toPrecision(3)).toLocaleString('en-US', { maximumSignificantDigits: 3 }) + (m > 0 ? ', won' : ', lost');
  const chosen = (name) => form.elements[name] ? form.elements[name].selectedOptions[0].textContent : '';
  function update(say) {
    const judge = Number(form.elements.judge.value);
    const contestant = Number(form.elements.contestant.value);
    const category = form.elements.category ? form.elements.category.value : '';
    const margin = (row) => row.margins[judge][contestant];
    const compare = orders[form.elements.order.value];
    rows.sort((a, b) => compare(margin(a), margin(b)));
    let count = 0;
    for (const row of rows) {
      row.item.hidden = category !== '' && row.category !== category;
      if (!row.item.hidden) count++;
      row.shown.forEach((mark, i) => { mark.textContent = text(row.margins[judge][i]); });
      list.append(row.item);
    }
    if (say) status.textContent = count + ' rows, ' + chosen('order') + ', ' + chosen('contestant') + ' by ' + chosen('judge');
  }
  form.hidden = false;
  form.addEventListener('change', () => update(true));
  form.addEventListener('submit', (event) => event.preventDefault());
  update(false);
}
`;
