import type { Leaderboard as Board } from '@bradley/arena-contract';
import { useCallback } from 'react';
import { loadLeaderboard } from '../../api/insight.js';
import { Chart } from '../../charts/chart.js';
import { DataTable } from '../../ui/data-table.js';
import { count, whole } from '../../ui/say.js';
import { useLoaded } from '../../ui/use-loaded.js';
import { WhenLoaded } from '../../ui/when-loaded.js';
import { leaderboardPlot, signed, winChance } from './leaderboard-plot.js';

export function Leaderboard({ project, question }: { project: string; question: string }) {
  const board = useLoaded(`${project} ${question}`, () => loadLeaderboard(project, question));
  return (
    <section className="card" aria-labelledby="leaderboard">
      <h2 id="leaderboard">Leaderboard</h2>
      <WhenLoaded of={board} what="the leaderboard">
        {(value) =>
          value.standings.length === 0 ? (
            <p className="soft">{value.why ?? 'There is none yet.'}</p>
          ) : (
            <Standings board={value} />
          )
        }
      </WhenLoaded>
    </section>
  );
}

function Standings({ board }: { board: Board }) {
  const { standings, comparisons, why } = board;
  const options = useCallback((width: number) => leaderboardPlot(standings, width), [standings]);
  return (
    <>
      <p className="soft">
        Bradley–Terry strengths from {count(comparisons, 'comparison')}, with 95 % intervals. Where two intervals
        overlap, the order may be chance. A gap of 1 means to win {winChance(1)} of the time.
      </p>
      {why && <p className="notice">{why}</p>}
      <Chart options={options} label="Strengths of the models with their intervals: the same as in the table below" />
      <DataTable
        caption="Leaderboard"
        rows={standings.map((standing, i) => ({ ...standing, place: i + 1 }))}
        keyOf={({ name }) => name}
        columns={[
          { name: 'Model', cell: ({ place, name }) => `${place}. ${name}` },
          { name: 'Strength', numeric: true, cell: ({ strength }) => signed(strength) },
          { name: '95 % interval', numeric: true, cell: ({ low, high }) => `${signed(low)} to ${signed(high)}` },
          { name: 'Won', numeric: true, cell: ({ wins }) => whole(wins) },
          { name: 'Lost', numeric: true, cell: ({ losses }) => whole(losses) },
          { name: 'Tied', numeric: true, cell: ({ ties }) => whole(ties) },
        ]}
      />
    </>
  );
}
