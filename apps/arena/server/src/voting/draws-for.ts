import type { ProjectSettings } from '@bradley/arena-contract';

/** Whether pictures are to be drawn for a project: for pairs of images, and never for the blind judgement of a training. */
export const drawsFor = (
  { modality, candidates, draw }: Pick<ProjectSettings, 'modality' | 'candidates' | 'draw'>,
  verdictOf: string | null,
): boolean => draw && modality === 'image' && candidates === 2 && verdictOf === null;
