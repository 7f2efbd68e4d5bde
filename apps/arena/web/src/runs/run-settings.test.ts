import { describe, expect, it } from 'vitest';
import { differences, settingsOf } from './run-settings.js';

const first = `# A run
model: emoji # a folder
data:
  path: "choices #1.jsonl" # what is learnt from
  heldOut: 0.15
objective:
  name: diffusion-dpo
  beta: 5000
adapter:
  targets: [to_q, "to_k"] # layers
train:
  guards:
    winnerLikelihood: warn # when it warns: beta up
  steps: 300
validate: null
`;

describe('the settings of a run', () => {
  it('are found by their paths, without what is said of them', () => {
    expect(Object.fromEntries(settingsOf(first))).toEqual({
      model: 'emoji',
      'data.path': '"choices #1.jsonl"',
      'data.heldOut': '0.15',
      'objective.name': 'diffusion-dpo',
      'objective.beta': '5000',
      'adapter.targets': '[to_q, "to_k"]',
      'train.guards.winnerLikelihood': 'warn',
      'train.steps': '300',
      validate: 'null',
    });
  });

  it('differ where a value is another or only one has it', () => {
    const second = first.replace('steps: 300', 'steps: 200').replace('  beta: 5000\n', '');
    expect(differences([settingsOf(first), settingsOf(second)])).toEqual([
      { path: 'objective.beta', values: ['5000', null] },
      { path: 'train.steps', values: ['300', '200'] },
    ]);
    expect(differences([settingsOf(first), settingsOf(first)])).toEqual([]);
  });
});
