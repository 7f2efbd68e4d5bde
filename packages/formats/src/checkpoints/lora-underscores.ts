/**
 * The parts of paths that have an underscore themselves, of UNets in both namings and of CLIP. kohya-ss writes _ for every
 * dot, so that only a list of these can tell one from the other.
 */
const words = new Set(
  [
    'down_blocks mid_block up_blocks transformer_blocks conv_in conv_out conv_shortcut',
    'time_emb_proj time_embedding add_embedding class_embedding linear_1 linear_2',
    'proj_in proj_out to_q to_k to_v to_out',
    'input_blocks middle_block output_blocks in_layers out_layers emb_layers skip_connection time_embed label_emb',
    'text_model text_projection self_attn q_proj k_proj v_proj out_proj',
  ].flatMap((line) => line.split(' ')),
);
const longest = 3;

/** `mid_block_attentions_0_proj_in` → `mid_block.attentions.0.proj_in`: the longest known word first, from the left. */
export function splitUnderscores(name: string): string {
  const pieces = name.split('_');
  const path: string[] = [];
  while (pieces.length > 0) {
    let count = Math.min(longest, pieces.length);
    while (count > 1 && !words.has(pieces.slice(0, count).join('_'))) count--;
    path.push(pieces.splice(0, count).join('_'));
  }
  return path.join('.');
}
