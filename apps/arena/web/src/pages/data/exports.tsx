import type { Project } from '@bradley/arena-contract';
import { exportAddress } from '../../api/datasets.js';

/** The formats that comparisons are written in, as `bradley data convert` does. The next one is a row. */
const formats: readonly { readonly id: string; readonly name: string; readonly says: string }[] = [
  { id: 'jsonl', name: 'JSONL', says: 'The comparison records, one a line, and the media' },
  { id: 'pick-a-pic', name: 'Pick-a-Pic Parquet', says: 'Pairs of pictures in the columns of Pick-a-Pic v2' },
  { id: 'csv', name: 'CSV', says: 'For spreadsheets: a row a comparison' },
  { id: 'table', name: 'Hugging Face Parquet', says: 'Pictures inside the table, chosen and rejected' },
  { id: 'folder', name: 'Folders', says: 'chosen/ and rejected/ with pictures of the same names' },
  { id: 'label-studio', name: 'Label Studio', says: 'Tasks with annotations, as JSON' },
  { id: 'argilla', name: 'Argilla', says: 'Records with responses' },
  { id: 'video-align', name: 'VideoAlign', says: 'Pairs of videos as CSV' },
  { id: 'trl', name: 'TRL', says: 'Preference pairs of texts for TRL' },
];

export function Exports({ project }: { project: Project }) {
  return (
    <section className="card" aria-labelledby="export">
      <h2 id="export">Export</h2>
      <p className="soft">
        The ordinary comparisons that were not withdrawn, to be used elsewhere. Raters stand in it by an id, not by
        name.
      </p>
      <ul className="formats">
        {formats.map(({ id, name, says }) => (
          <li key={id}>
            <a className="format" href={exportAddress(project.id, id)} download>
              <strong>{name}</strong>
              <span className="soft small">{says}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
