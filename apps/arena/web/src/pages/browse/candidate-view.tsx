import type { StoredComparison } from '@bradley/arena-contract';

type Candidate = StoredComparison['candidates'][number];

/** One candidate with who made it and what place it took. */
export function CandidateView({
  candidate,
  place,
  index,
}: {
  candidate: Candidate;
  /** 1 is the best; null where none was decided. */
  place: number | null;
  index: number;
}) {
  const { model, adapter, seed } = candidate;
  return (
    <figure className={place === 1 ? 'comparison-candidate won' : 'comparison-candidate'}>
      <Shown candidate={candidate} name={nameOf(candidate, index)} />
      <figcaption>
        {place !== null && <span className="place-taken">{place === 1 ? 'Best' : `Place ${place}`}</span>}
        <span>{[model ?? 'unknown model', ...(adapter ? [adapter] : [])].join(' + ')}</span>
        {seed !== undefined && <span>seed {seed}</span>}
      </figcaption>
    </figure>
  );
}

export const nameOf = ({ model }: Candidate, index: number): string =>
  model ? `${index + 1}: ${model}` : `candidate ${index + 1}`;

function Shown({ candidate: { address, type, media }, name }: { candidate: Candidate; name: string }) {
  if (address === null)
    return /^https?:/.test(media) ? (
      <a href={media} rel="noreferrer" className="comparison-text small">
        Not kept here: {media}
      </a>
    ) : (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      <div className="comparison-text" tabIndex={0}>
        {media}
      </div>
    );
  if (type?.startsWith('audio/'))
    // biome-ignore lint/a11y/useMediaCaption: what was judged is the sound itself; nobody wrote captions for it
    return <audio src={address} controls preload="none" aria-label={name} />;
  if (type?.startsWith('video/')) return <video src={address} controls muted preload="metadata" aria-label={name} />;
  return (
    <img
      src={address}
      alt={name}
      loading="lazy"
      onLoad={({ currentTarget }) => currentTarget.classList.toggle('tiny', currentTarget.naturalWidth <= 64)}
    />
  );
}
