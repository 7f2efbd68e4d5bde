import { join } from 'node:path';
import { type LoraModules, loraLayouts, modulesOf, rankOf, readLora, toFloat32 } from '@bradley/formats';
import { graph, input } from '@bradley/graph';
import { checkpointStore, loraStore, paramsOf, unet2dCondition, unetConfigSchema } from '@bradley/models';
import { evaluate } from '@bradley/runtime';
import {
  type Case,
  dataOf,
  find,
  floats,
  type RunResult,
  readCase,
  readPart,
  relativeError,
  tolerance,
  type UnsupportedRun,
} from './case.js';
import { storedTensors } from './models.js';

type Files = Readonly<Record<string, { readonly file: string; readonly base_weights: string; readonly alpha: number }>>;

/** LoRA files that the reference wrote, read and applied to the model that they are for. */
export async function loraFilesCase(of: Case): Promise<(RunResult | UnsupportedRun)[]> {
  const files = of.json.files_extra as Files;
  return Promise.all(
    Object.entries(files).map(async ([run, { file, base_weights }]) => {
      const name = `${of.name}/${run}`;
      const model = base_weights.split('.')[0] as string;
      const { modules } = await readLora(join(of.folder, file));
      if (!model.startsWith('unet_'))
        return { name, unsupported: `no ${model} here; its ${modules.size} layers are read` };
      return { name, ...(await applied(of, model, modules)) };
    }),
  );
}

async function applied(of: Case, model: string, modules: LoraModules): Promise<Omit<RunResult, 'name'>> {
  const config = unetConfigSchema.parse((await readCase(of.folder, model, of.device)).json.config);
  const weights = join(of.folder, `${model}.weights.safetensors`);
  const unet = modulesOf(modules, 'unet');
  const store = loraStore(checkpointStore(await storedTensors(weights), weights), {
    rank: 1,
    alpha: 1,
    targets: [...unet.keys()],
    ranks: Object.fromEntries([...unet].map(([layer, module]) => [layer, rankOf(module)])),
  });
  const io = await readPart(of, 'io');
  const names = ['sample', 'timestep', 'encoder_hidden_states', 'text_embeds', 'time_ids'];
  const at = (name: string) => input(`in.${name}`, find(io, `sdxl.in.${name}`).shape);
  const sample = unet2dCondition(paramsOf(store), config, at('sample'), at('timestep'), {
    encoderHiddenStates: at('encoder_hidden_states'),
    textEmbeds: at('text_embeds'),
    timeIds: at('time_ids'),
  });
  const inputs = names.map((name) => [`in.${name}`, toFloat32(find(io, `sdxl.in.${name}`))] as const);
  const adapter = [...unet].flatMap(([layer, module]) => [
    [`${layer}.lora_A.weight`, toFloat32(module.A)] as const,
    [`${layer}.lora_B.weight`, toFloat32(module.B).map((b) => (b * module.alpha) / rankOf(module))] as const,
  ]);
  const results = await evaluate(graph({ sample }), Object.fromEntries([...inputs, ...adapter]), {
    device: of.device,
  });
  return {
    at: 'sdxl.out.sample',
    error: relativeError(dataOf(results.sample), floats(io, 'sdxl.out.sample')),
    tolerance: tolerance(of, 'out_rel'),
  };
}

type NameRow = Readonly<Record<string, string | null>>;
const networks: Readonly<Record<string, string>> = {
  unet_sd15: 'unet',
  unet_sdxl: 'unet',
  text_encoder: 'text_encoder',
  sd3: 'transformer',
};
/** What a row calls a tensor in which layout; the reference numbers text encoders even where there is one. */
const columns = [
  ['peft', 'diffusers'],
  ['diffusers_training_script_file', 'diffusers'],
  ['diffusers_lora_AB_form', 'diffusers'],
  ['kohya', 'kohya'],
] as const;
const base = { family: null, unet: null, textEncoders: ['clip_l', 'clip_g'] } as const;

/** The names of LoRA tensors, read from every spelling and written in ours: the error counts the names that differ. */
export async function loraNamesCase(of: Case): Promise<RunResult[]> {
  return Object.entries(of.json.table as Readonly<Record<string, readonly NameRow[]>>).map(([model, rows]) => {
    const wrong = rows.flatMap((row) => {
      const [layer, part] = (row.peft as string).replace('.weight', '').split('.lora_') as [string, 'A' | 'B'];
      const path = `${networks[model]}.${layer}`;
      const read = columns.flatMap(([column, layout]) => {
        const place = row[column] ? loraLayouts[layout].locate(row[column], null) : { layer: path, part };
        return place?.layer === path && place.part === part ? [] : [row[column]];
      });
      const written = [
        [loraLayouts.diffusers.nameOf(path, part, base), row.diffusers_lora_AB_form],
        [loraLayouts.kohya.nameOf(path, part, base), row.kohya],
      ];
      return [...read, ...written.flatMap(([ours, theirs]) => (ours === theirs ? [] : [ours]))];
    });
    return {
      name: `${of.name}/${model}`,
      error: wrong.length,
      tolerance: 0,
      at: wrong.length ? String(wrong[0]) : `${rows.length} names`,
    };
  });
}
