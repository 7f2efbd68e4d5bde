import type { Import } from '@bradley/arena-contract';
import { DataTable } from '../../ui/data-table.js';
import { Fold } from '../../ui/fold.js';
import { count, when, whole } from '../../ui/say.js';
import { problemWords } from './problem-words.js';

const states: Record<Import['status'], { says: string; tag: string }> = {
  running: { says: 'reading', tag: 'tag lively' },
  finished: { says: 'finished', tag: 'tag' },
  failed: { says: 'failed', tag: 'tag failed' },
  interrupted: { says: 'interrupted', tag: 'tag failed' },
};

/** What an import took, and what it refused and why. */
export function ImportReport({ of }: { of: Import }) {
  const { name, format, status, read, added, known, refused, remote, error, startedAt } = of;
  const problems = Object.entries(of.problems).sort(([, a], [, b]) => b - a);
  return (
    <article className="import" aria-label={`Import of ${name}`}>
      <div className="row">
        <span className="import-name">{name}</span>
        <span className={states[status].tag}>{states[status].says}</span>
        {format && <span className="tag">{format}</span>}
        <span className="soft small">{when(startedAt)}</span>
      </div>
      <p className="soft" role={status === 'running' ? 'status' : undefined}>
        {count(read, 'row')} read: {whole(added)} added, {whole(known)} there already, {whole(refused)} refused.
        {remote > 0 && ` The media of ${count(remote, 'candidate')} stay on the network.`}
        {status === 'interrupted' && ' Import the same file again to go on where it stopped.'}
      </p>
      {error && (
        <p className="notice wrong" role="alert">
          {error}
        </p>
      )}
      {problems.length > 0 && (
        <Fold says="What was refused, and why">
          <div className="section">
            {of.problems['missing-file'] !== undefined && (
              <p className="soft">
                When a file is sent, the pictures beside it are not. Import it by its path on the computer that the
                arena runs on (<code>bradley data import</code> does that too), or one that holds its pictures, such as
                Parquet.
              </p>
            )}
            <DataTable
              caption={`Problems of ${name}`}
              rows={problems}
              keyOf={([problem]) => problem}
              columns={[
                { name: 'Problem', cell: ([problem]) => problemWords(problem) },
                { name: 'Rows', numeric: true, cell: ([, n]) => whole(n) },
              ]}
            />
            <DataTable
              caption={`The first refused rows of ${name}`}
              rows={of.refusals.slice(0, 100)}
              keyOf={({ where, problem }) => `${where} ${problem}`}
              columns={[
                { name: 'Where', cell: ({ where }) => where },
                { name: 'Said', cell: ({ refused }) => refused },
              ]}
            />
          </div>
        </Fold>
      )}
    </article>
  );
}
