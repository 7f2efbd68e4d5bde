import { readFileSync } from 'node:fs';
import * as g from '@bradley/graph';
import { unetConfigSchema, unet2dCondition, trainableStore, loraStore, paramsOf } from './dist/index.js';
import { createSession, cpuTarget } from '@bradley/runtime';
const [,, mode, Bs, lora] = process.argv; const B = Number(Bs);
const base = mode === 'old' ? '../graph/dist-ab' : '../graph/dist';
const { toOnnx } = await import(base + '/onnx/write.js');
const { optimize } = await import(base + '/compile.js');
if (mode === 'old') { const { input } = await import(base + '/ops/leaf.js'); for (let i = 0; i < 300000; i++) input('z', []); }
const config = unetConfigSchema.parse({ sample_size: 16, block_out_channels: [64, 96, 96], down_block_types: ['DownBlock2D','CrossAttnDownBlock2D','CrossAttnDownBlock2D'], up_block_types: ['CrossAttnUpBlock2D','CrossAttnUpBlock2D','UpBlock2D'], layers_per_block: 1, attention_head_dim: 4, cross_attention_dim: 128, norm_num_groups: 16, use_linear_projection: true });
let base_ = trainableStore(); 
const store = lora ? loraStore(base_, { rank: 8, alpha: 8, targets: ['to_q','to_k','to_v','to_out.0'] }) : base_;
const x = g.input('x', [B,4,16,16]), t = g.input('t', [B]), e = g.input('e', [B,12,128]);
const y = unet2dCondition(paramsOf(store), config, x, t, { encoderHiddenStates: e });
const loss = g.mean(g.square(y));
const grads = g.backward(loss, store.trainables.map(v => v.value));
const from = g.graph({ loss, ...Object.fromEntries(grads.map((v, i) => [`g${i}`, v])) });
const model = toOnnx(optimize(from, await cpuTarget()));
const s = await createSession(model, { threads: 1 });
const r = (n) => Float32Array.from({ length: n }, (_, i) => Math.sin(i * 12.9898) * 0.1);
const feeds = Object.fromEntries(model.inputs.map(i => [i.name, r(g.size(i.shape))]));
const peak = () => Number(/VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status','utf8'))[1]) / 1024;
const before = peak(); let best = Infinity;
for (let i = 0; i < 3; i++) { const a = performance.now(); await s.run(feeds); best = Math.min(best, performance.now() - a); }
console.log(mode, B, lora ?? '', 'ms', best.toFixed(0), 'peak MB', (peak() - before).toFixed(0));
