import type { Modality, Presentation } from '@bradley/arena-contract';
import type { ComponentType, RefObject } from 'react';
import type { LegendRow } from '../keys.js';
import { AudioCandidate, AudioControls } from './audio.js';
import { PictureCandidate } from './picture.js';
import { TextCandidate } from './text.js';
import { VideoCandidate, VideoControls } from './video.js';

export type Candidate = Presentation['candidates'][number];

export interface CandidateProps {
  readonly candidate: Candidate;
  /** What it is called, such as "left picture". */
  readonly name: string;
}

/** How candidates of a kind are shown. The next kind is a file of its own and a row here. */
interface Look {
  /** In a name: "left ‹picture›". */
  readonly noun: string;
  readonly Candidate: ComponentType<CandidateProps>;
  /** Whether a click anywhere on it chooses: not where it has controls or text of its own. */
  readonly wholeIsButton: boolean;
  /** For all candidates at once, such as playing them one after the other. */
  readonly Controls: ComponentType<{ stage: RefObject<HTMLElement | null> }> | null;
  /** Whether looking closely and flickering make sense. */
  readonly closeLook: boolean;
  /** Keys that only this kind has. */
  readonly legend: readonly LegendRow[];
}

export const modalityLooks: { readonly [M in Modality]: Look } = {
  image: {
    noun: 'picture',
    Candidate: PictureCandidate,
    wholeIsButton: true,
    Controls: null,
    closeLook: true,
    legend: [
      { keys: ['Z'], says: 'hold to look closely' },
      { keys: ['Space'], says: 'hold to flicker between them' },
    ],
  },
  text: { noun: 'text', Candidate: TextCandidate, wholeIsButton: false, Controls: null, closeLook: false, legend: [] },
  audio: {
    noun: 'recording',
    Candidate: AudioCandidate,
    wholeIsButton: false,
    Controls: AudioControls,
    closeLook: false,
    legend: [{ keys: ['Space'], says: 'play one after the other, stop' }],
  },
  video: {
    noun: 'video',
    Candidate: VideoCandidate,
    wholeIsButton: false,
    Controls: VideoControls,
    closeLook: false,
    legend: [{ keys: ['Space'], says: 'play, pause' }],
  },
};
