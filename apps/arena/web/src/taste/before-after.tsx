import type { Verdict } from '@bradley/arena-contract';
import { useState } from 'react';

type Picture = NonNullable<Verdict['result']>['pictures'][number];

/** Every pair of the verdict, unveiled. A click flips one between before and after, in place. */
export function BeforeAfter({ pictures }: { pictures: readonly Picture[] }) {
  return (
    <section className="section" aria-labelledby="pairs-title">
      <h2 id="pairs-title">Before and after</h2>
      <p className="soft">A click on a picture flips it, so that what has changed moves.</p>
      <ul className="pairs">
        {pictures.map((picture) => (
          <li key={picture.before + picture.after}>
            <Pair picture={picture} />
          </li>
        ))}
      </ul>
    </section>
  );
}

const chosenSays = { before: 'You chose before', after: 'You chose after', neither: 'You chose neither' } as const;

function Pair({ picture }: { picture: Picture }) {
  const { prompt, before, after, chosen } = picture;
  const [flipped, setFlipped] = useState(false);
  const sides = flipped ? { before: after, after: before } : { before, after };
  return (
    <figure className="pair-card">
      <div className="pair-pictures">
        {(['before', 'after'] as const).map((side) => {
          const now = flipped === (side === 'before') ? 'after' : 'before';
          return (
            <button
              key={side}
              type="button"
              data-chosen={now === chosen || undefined}
              aria-label={`${prompt}, ${now} the training. Flip`}
              onClick={() => setFlipped(!flipped)}
            >
              <img src={sides[side]} alt="" loading="lazy" />
              <span className="small">{now}</span>
            </button>
          );
        })}
      </div>
      <figcaption>
        <span>{prompt}</span>
        <span className="soft small">{chosenSays[chosen]}</span>
      </figcaption>
    </figure>
  );
}
