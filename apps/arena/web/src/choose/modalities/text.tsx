import type { CandidateProps } from './table.js';

export function TextCandidate({ candidate, name }: CandidateProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="reading" aria-label={name} tabIndex={0}>
      {candidate.text}
    </section>
  );
}
