import type { Statistics } from '@bradley/arena-contract';
import { type Column, DataTable } from '../../ui/data-table.js';
import { duration, whole } from '../../ui/say.js';
import { ShareText } from '../../ui/share-text.js';

type Rater = Statistics['perRater'][number];

const columns: readonly Column<Rater>[] = [
  { name: 'Rater', cell: ({ name }) => name },
  { name: 'Comparisons', numeric: true, cell: ({ comparisons }) => whole(comparisons) },
  { name: 'Half within', numeric: true, cell: ({ median }) => (median === null ? 'unknown' : duration(median / 1000)) },
  { name: 'Too fast', numeric: true, cell: ({ tooFast }) => <ShareText share={tooFast} /> },
  { name: 'First won', numeric: true, cell: ({ first }) => <ShareText share={first} /> },
  { name: 'As others', numeric: true, cell: ({ withOthers }) => <ShareText share={withOthers} /> },
  { name: 'As before', numeric: true, cell: ({ withSelf }) => <ShareText share={withSelf} /> },
  { name: 'Known answers', numeric: true, cell: ({ gold }) => <ShareText share={gold} /> },
  { name: 'Attention', numeric: true, cell: ({ attention }) => <ShareText share={attention} /> },
];

export function PerRater({ raters }: { raters: readonly Rater[] }) {
  if (raters.length === 0) return null;
  return (
    <section className="section" aria-labelledby="per-rater">
      <h2 id="per-rater">Raters</h2>
      <p className="soft">
        “As others” is how often a rater chose what other raters of the same task chose, “as before” how often a
        repeated task got the same answer again. Known answers and attention checks are those answered right.
      </p>
      <DataTable caption="Raters" columns={columns} rows={raters} keyOf={({ id }) => id} />
    </section>
  );
}
