import { z } from 'zod';
import { command } from '../cli/command.js';

export const benchmarkGeneval = command({
  summary: "Score pictures by GenEval's rules, over a detector of your own.",
  description:
    'Called our variant: GenEval is defined with Mask2Former. Detector and CLIP are what you give, see docs/benchmarks.md. ' +
    'Pictures lie as <id>/samples/0000.png, <id>_0.png or <id>.png, where an id is the number of the line, 00000 to 00552. ' +
    'Stopped, it goes on where it was.',
  example:
    'benchmark geneval --prompts evaluation_metadata.jsonl --images out/ --detector detector.yaml --results geneval.json',
  options: z.object({
    prompts: z.string().min(1).describe('evaluation_metadata.jsonl of djghosh13/geneval'),
    images: z.string().min(1).describe('folder of pictures, by the ids of the prompts'),
    detector: z.string().min(1).describe('YAML file of an ONNX detection model'),
    clip: z.string().min(1).optional().describe('CLIP model that names colours; default openai/clip-vit-large-patch14'),
    results: z.string().min(1).optional().describe('JSON file to write, with the verdict of every picture'),
    threads: z.int().positive().optional().describe('CPU threads; default: all cores'),
  }),
  async run({ prompts: file, images, detector: yaml, clip, results, threads }, out) {
    const {
      colourClassifier,
      formatGenEval,
      genEvalClip,
      geneval,
      openClipEmbedder,
      openDetector,
      readPublished,
      scoreGenEval,
    } = await import('@bradley/evaluate');
    const { cacheFolder, writeFileAtomic } = await import('@bradley/formats');
    const { join } = await import('node:path');
    const { countProgress } = await import('../cli/count-progress.js');
    const count = countProgress(out);
    const { prompts } = await readPublished('geneval', geneval, file);
    const detector = await openDetector(yaml, { ...(threads && { threads }) });
    const embedder = await openClipEmbedder(clip ?? genEvalClip, { ...(threads && { threads }) });
    try {
      const result = await scoreGenEval({
        prompts,
        images,
        detector,
        colours: { classify: colourClassifier(embedder), fingerprint: embedder.fingerprint },
        cache: join(cacheFolder(), 'benchmarks'),
        onProgress: (done, total) => count('pictures', done, total),
      });
      if (results) await writeFileAtomic(results, `${JSON.stringify(result, null, 2)}\n`);
      out.result(result, formatGenEval(result));
    } finally {
      await detector.release();
      await embedder.release();
    }
    return undefined;
  },
});
