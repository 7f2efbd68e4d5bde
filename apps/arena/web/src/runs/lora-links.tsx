import type { Run } from '@bradley/arena-contract';

/** What a run made, to take elsewhere. */
export function LoraLinks({ run }: { run: Run }) {
  return (
    <>
      {run.adapter && (
        <a className="button" href={run.adapter} download>
          LoRA for diffusers
        </a>
      )}
      {run.adapterKohya && (
        <a className="button" href={run.adapterKohya} download>
          LoRA for ComfyUI, A1111
        </a>
      )}
    </>
  );
}
