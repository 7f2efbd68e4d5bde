import { useState } from 'react';
import { loadStatistics } from '../../api/insight.js';
import type { Member } from '../../api/people.js';
import { DataTable } from '../../ui/data-table.js';
import { whole } from '../../ui/say.js';
import { useLoaded } from '../../ui/use-loaded.js';
import { WhenLoaded } from '../../ui/when-loaded.js';
import { ForgetDialog } from './forget-dialog.js';

/** Raters who cannot come in: of imports and of products, and members who were removed. */
export function OtherRaters({
  project,
  members,
  onChanged,
}: {
  project: string;
  members: readonly Member[];
  onChanged: () => void;
}) {
  const statistics = useLoaded(project, () => loadStatistics(project));
  // The statistics are a few seconds old.
  const [forgotten, setForgotten] = useState<readonly string[]>([]);
  const [asking, setAsking] = useState<{ id: string; name: string } | null>(null);
  return (
    <section className="section" aria-labelledby="others">
      <h2 id="others">Other raters</h2>
      <p className="soft">Of imports and of products, and members who were removed. They cannot come in.</p>
      <WhenLoaded of={statistics} what="the raters">
        {({ perRater }) => {
          const gone = [...forgotten, ...members.map(({ rater }) => rater)];
          const others = perRater.filter(({ id }) => !gone.includes(id));
          if (others.length === 0) return <p className="soft">There are none.</p>;
          return (
            <DataTable
              caption="Other raters"
              rows={others}
              keyOf={({ id }) => id}
              columns={[
                { name: 'Name', cell: ({ name }) => name },
                { name: 'Comparisons', numeric: true, cell: ({ comparisons }) => whole(comparisons) },
                {
                  name: 'Actions',
                  cell: ({ id, name }) => (
                    <button
                      type="button"
                      className="button compact danger"
                      aria-label={`Forget ${name}`}
                      onClick={() => setAsking({ id, name })}
                    >
                      Forget
                    </button>
                  ),
                },
              ]}
            />
          );
        }}
      </WhenLoaded>
      {asking && (
        <ForgetDialog
          project={project}
          rater={asking.id}
          name={asking.name}
          onClose={() => setAsking(null)}
          onDone={() => {
            setAsking(null);
            setForgotten((before) => [...before, asking.id]);
            onChanged();
          }}
        />
      )}
    </section>
  );
}
