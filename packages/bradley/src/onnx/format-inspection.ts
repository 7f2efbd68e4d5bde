import type { OnnxInspection } from '@bradley/models';

type Port = OnnxInspection['inputs'][number];

/** What `onnx inspect` prints. */
export function formatInspection(of: OnnxInspection, show: { layers: boolean; tensors: boolean }): string {
  const { operators, tensors, layers, lengths } = of;
  const numbers = (shapes: readonly (readonly number[])[]): number =>
    shapes.reduce((sum, shape) => sum + shape.reduce((product, n) => product * n, 1), 0);
  const stored = numbers(tensors.map(({ shape }) => shape));
  const using = (support: string): string =>
    operators
      .filter((use) => use.support === support)
      .map(({ name, count }) => `${name} ${count}`)
      .join(', ');
  const convolutions = layers.filter(({ kernel }) => kernel).length;
  const rows: readonly (readonly [string, string])[] = [
    ['Model', `opset ${of.opset ?? '–'}${of.producer ? `, by ${of.producer}` : ''}`],
    ...of.inputs.map((port) => ['Input', portText(port)] as const),
    ...of.outputs.map((port) => ['Output', portText(port)] as const),
    ['Lengths', lengths.length ? `named: ${lengths.join(', ')}` : 'all fixed'],
    ['Gradients', using('gradient') || 'none'],
    ...(using('shapes') ? [['In shapes', using('shapes')] as const] : []),
    ...(using('forward only') ? [['Forward only', using('forward only')] as const] : []),
    ...(using('not read') ? [['Not read', using('not read')] as const] : []),
    ['Tensors', `${tensors.length} of floats, ${stored.toLocaleString('en')} numbers: any can be trained`],
    ['LoRA', `${layers.length} layers: ${layers.length - convolutions} linear, ${convolutions} convolutions`],
    ['Read', readText(of)],
  ];
  return [
    ...rows.map(([name, text]) => `${name.padEnd(14)}${text}`),
    ...(show.layers ? ['', 'Layers:', ...layers.map(layerText)] : []),
    ...(show.tensors ? ['', 'Tensors:', ...tensors.map((t) => `  ${t.name}  ${t.type} (${t.shape.join(', ')})`)] : []),
  ].join('\n');
}

const portText = ({ name, storage, shape }: Port): string =>
  `${name}  ${storage} (${shape.map((n) => n ?? '?').join(', ')})`;

function layerText({ path, inputs, outputs, kernel, sharedWith }: OnnxInspection['layers'][number]): string {
  const size = `${inputs} → ${outputs}${kernel ? `, ${kernel.join('×')}` : ''}`;
  return `  ${path}  ${size}${sharedWith ? `; cannot be merged, its weight is also read by ${sharedWith}` : ''}`;
}

function readText({ read, problem, lengths }: OnnxInspection): string {
  if (read === null) return `not tried: give --lengths ${lengths.map((name) => `${name}=…`).join(',')}`;
  return read ? 'the whole model, as training would' : `failed: ${problem}`;
}
