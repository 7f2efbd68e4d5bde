import type { Study } from './study.js';
import type { Training } from './train-arm.js';

/** Chosen on the judge's names, none of which is reported on: docs/reproductions.md lists what was tried. */
const dpo: Training = { objective: '{ name: diffusion-dpo, beta: 500 }', lr: 0.001, steps: 300, batch: 16 };
const sft: Training = { objective: '{ name: sft }', lr: 0.001, steps: 300, batch: 16 };
const mapo: Training = { objective: '{ name: mapo, beta: 0.1 }', lr: 0.0002, steps: 300, batch: 16 };
/** Eight groups of four are as many pictures as sixteen pairs. */
const rankDpo: Training = { objective: '{ name: rank-dpo, beta: 500 }', lr: 0.001, steps: 300, batch: 8 };

/** Every study, by the name that the command line gives. */
export const studies: Readonly<Record<string, Study>> = {
  'dpo-against-sft': {
    title: 'Diffusion-DPO against supervised fine-tuning',
    question: 'Do comparisons teach more than the chosen pictures alone?',
    source:
      'Wallace et al. 2023, arXiv:2311.12908, §5 and §S7: DPO beats the base and SFT; SFT helps SD 1.5 and harms SDXL.',
    arms: [
      { name: 'dpo', summary: 'Diffusion-DPO on the persona’s pairs', data: 'persona-pairs', training: dpo },
      { name: 'sft', summary: 'SFT on the chosen pictures of the same pairs', data: 'persona-pairs', training: sft },
    ],
    claims: [
      { of: 'dpo', against: 'base', paper: 'wins' },
      { of: 'sft', against: 'base', paper: 'wins' },
      { of: 'dpo', against: 'sft', paper: 'wins' },
    ],
    judges: ['emoji-judge', 'emoji-persona', 'recognised'],
    caveats: [
      'SFT costs half as much a step, since it sees the chosen half of the pictures and no reference. On the single arms nothing more was tried at equal cost.',
    ],
  },
  'ai-feedback': {
    title: 'AI feedback against the persona’s own choices',
    question: 'Is a model that learns from a scorer’s labels as good as one that learns from whom the scorer learnt?',
    source: 'Wallace et al. 2023, arXiv:2311.12908, §5.4: PickScore’s labels 63.3 %, people’s 59.8 % over SD 1.5.',
    arms: [
      { name: 'dpo', summary: 'Diffusion-DPO on the persona’s pairs', data: 'persona-pairs', training: dpo },
      { name: 'ai', summary: 'the same pairs, labelled by the scorer', data: 'labeller-pairs', training: dpo },
      { name: 'random', summary: 'the same pairs, labelled by lot', data: 'pairs-at-random', training: dpo },
    ],
    claims: [
      { of: 'dpo', against: 'base', paper: 'wins' },
      { of: 'ai', against: 'base', paper: 'wins' },
      { of: 'random', against: 'base', paper: 'alike' },
      { of: 'ai', against: 'dpo', paper: 'wins' },
    ],
    judges: ['emoji-judge', 'emoji-persona', 'recognised'],
    caveats: [
      'One answer of the persona in ten is flipped; the scorer learnt from 1,000 other answers, flipped as often, and averages them out: its labels are cleaner than its teacher’s. ' +
        'That is why it can win here, and it is one reason why it may in the paper.',
    ],
  },
  'mapo-far-style': {
    title: 'MaPO against Diffusion-DPO when the preferred style is far from the reference',
    question: 'Does the tie to a reference hold DPO back where what is preferred is unlike what the reference draws?',
    source: 'Hong et al. 2024, arXiv:2406.06424: MaPO wins on Pick-Style, in 14.5 % less time and 17.5 % less memory.',
    arms: [
      { name: 'dpo-near', summary: 'Diffusion-DPO towards the near style', data: 'near-style', training: dpo },
      { name: 'mapo-near', summary: 'MaPO towards the near style', data: 'near-style', training: mapo },
      { name: 'dpo-far', summary: 'Diffusion-DPO towards the far style', data: 'far-style', training: dpo },
      { name: 'mapo-far', summary: 'MaPO towards the far style', data: 'far-style', training: mapo },
    ],
    claims: [
      { of: 'mapo-near', against: 'dpo-near', paper: 'alike' },
      { of: 'mapo-far', against: 'dpo-far', paper: 'wins' },
    ],
    judges: ['style', 'recognised'],
    caveats: [
      'The style is judged by the rule that makes it, since there is no model that judges styles here: there is no independent judge in this study. A ' +
        'picture on black paper counts as recognised if it is once its luma is turned back.',
      'What wins is the style alone. Towards the far one MaPO gives up what was to be drawn, as *recognised* says and the picture shows, and Diffusion-DPO ' +
        'does not move: the error of a far picture falls so readily that after twenty steps every pair is won by a margin at which nothing more is learnt (loss 0.00003 at ' +
        'the end, seed 0). With β 50 instead of 500 it moves a tenth of the way, and its drawings break.',
      '![A name a column: the base; Diffusion-DPO and MaPO towards the far style; the same two towards the near one](images/reproductions-styles.png)',
      '*A name a column: the base; Diffusion-DPO and MaPO towards the far style; the same two towards the near one. Training seed 0.*',
    ],
  },
  'rank-dpo': {
    title: 'RankDPO against Diffusion-DPO on synthetic rankings',
    question: 'Is a weighted ranking of four worth more than its pairs, and five rewards more than one?',
    source: 'Karthik et al. 2024, arXiv:2410.18013, Table 5 (DPG-Bench): DPO by one reward < by five < RankDPO.',
    arms: [
      { name: 'rank-five', summary: 'RankDPO, five rewards', data: 'ranking-of-five', training: rankDpo },
      { name: 'rank-one', summary: 'RankDPO, one reward', data: 'ranking-of-one', training: rankDpo },
      { name: 'rank-random', summary: 'RankDPO, rankings by lot', data: 'ranking-at-random', training: rankDpo },
      {
        name: 'dpo-five',
        summary: 'Diffusion-DPO on all pairs of the same rankings',
        data: 'pairs-of-five',
        training: dpo,
      },
      { name: 'dpo-one', summary: 'the same, one reward', data: 'pairs-of-one', training: dpo },
    ],
    claims: [
      { of: 'rank-five', against: 'base', paper: 'wins' },
      { of: 'rank-random', against: 'base', paper: 'alike' },
      { of: 'rank-five', against: 'rank-one', paper: 'wins' },
      { of: 'rank-five', against: 'dpo-five', paper: 'wins' },
      { of: 'dpo-five', against: 'dpo-one', paper: 'wins' },
    ],
    judges: ['emoji-judge', 'emoji-persona', 'recognised'],
    caveats: [
      'Both learn from the same 1,000 pictures and see as many a step, and a step costs the same within what the machine wavers (the two arms of five rewards: the table), so ' +
        'equal pictures are equal cost here. Drawing and scoring are the same for both: 0.13 s a picture on two threads of an idle machine; scoring was not timed.',
      'The five rewards are five labelling scorers, each fine-tuned on a fifth of the persona’s choices: they judge one taste and err apart, as bagging would have it. The ' +
        'paper’s five are different models of different tastes.',
    ],
  },
};
