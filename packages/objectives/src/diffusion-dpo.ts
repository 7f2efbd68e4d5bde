import { add, div, logSigmoid, mean, mul, neg, relu, square, sub, type Value } from '@bradley/graph';
import { z } from 'zod';
import { errorOverReference, meanSquaredError, shareAboveZero } from './errors.js';
import { type DenoisingPair, objective } from './objective.js';

/**
 * Diffusion-DPO. Wallace et al. 2023, arXiv:2311.12908, eq. 14.
 *   ℒ = −E log σ( −β/2 · [ (‖εʷ − εʷ_θ‖² − ‖εʷ − εʷ_ref‖²) − (‖εˡ − εˡ_θ‖² − ‖εˡ − εˡ_ref‖²) ] )
 * ‖·‖² is the mean over (C, H, W), and β absorbs the paper's 2·T·ω(λₜ) and that mean's C·H·W. Both as in the authors'
 * train.py, so their β = 5000 means the same here; the diffusers script's `beta_dpo` is β/2.
 *
 * `hinge` and `ipo` are the other losses of that script on the same logits: max(0, 1 − logits), and
 * (−[…] − 1/β)² (Azar et al. 2023, arXiv:2310.12036), that is (logits − ½)² · (2/β)².
 *
 * A soft label p weighs the sigmoid loss of both orders, p·ℒ(logits) + (1−p)·ℒ(−logits), as conservative DPO; likewise hinge.
 *
 * `anchor` (ours, off by default) adds anchor · β/2 · mean max(0, ‖εʷ − εʷ_θ‖² − ‖εʷ − εʷ_ref‖²): it keeps the winner's
 * likelihood from falling, which the loss alone allows.
 */
export const diffusionDpo = objective({
  name: 'diffusion-dpo',
  needs: { prediction: 'denoising', group: 'pair', reference: 'error' },
  usesTies: true,
  options: z.object({
    beta: z.number().positive().default(5000).describe('strength of the tie to the reference, in the authors’ units'),
    loss: z.enum(['sigmoid', 'hinge', 'ipo']).default('sigmoid').describe('what is made of the logits'),
    anchor: z.number().nonnegative().default(0).describe('weight of a penalty on a falling winner likelihood'),
  }),
  loss({ chosen, rejected, preference }: DenoisingPair, { beta, loss: kind, anchor }) {
    const [chosenError, rejectedError] = [errorOverReference(chosen), errorOverReference(rejected)]; // (B)
    const difference = sub(chosenError, rejectedError);
    const logits = mul(difference, -beta / 2);
    const perPair = losses[kind](logits, beta, preference);
    const plain = mean(perPair);
    const loss = anchor > 0 ? add(plain, mul((anchor * beta) / 2, mean(relu(chosenError)))) : plain;
    return {
      loss,
      metrics: {
        implicitAccuracy: shareAboveZero(logits),
        margin: mean(logits),
        chosenErrorOverReference: mean(chosenError),
        rejectedErrorOverReference: mean(rejectedError),
        modelError: mul(0.5, add(meanError(chosen), meanError(rejected))),
      },
    };
  },
});

type PairLoss = (logits: Value, beta: number, preference: Value | null) => Value;

/** p · f(logits) + (1 − p) · f(−logits) */
const soft =
  (f: (logits: Value) => Value): PairLoss =>
  (logits, _beta, p) =>
    p ? add(mul(p, f(logits)), mul(sub(1, p), f(neg(logits)))) : f(logits);

const losses: Record<'sigmoid' | 'hinge' | 'ipo', PairLoss> = {
  sigmoid: soft((logits) => neg(logSigmoid(logits))),
  hinge: soft((logits) => relu(sub(1, logits))),
  // The target of the log-ratio is the label's own: 1/β for p = 1, 0 for a tie.
  ipo: (logits, beta, p) => square(sub(div(logits, beta / 2), p ? div(sub(mul(2, p), 1), beta) : 1 / beta)),
};

function meanError({ policy, target }: DenoisingPair['chosen']): Value {
  return mean(meanSquaredError(policy, target));
}
