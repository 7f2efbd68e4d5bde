import type { Run } from '@bradley/arena-contract';

/** What a run made, to take elsewhere, and how to use it so that it does there what was seen here. */
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
      {run.strength !== null && (run.adapter ?? run.adapterKohya) !== null && (
        <span className="small soft">Here it is drawn at strength {run.strength}: use the same elsewhere.</span>
      )}
    </>
  );
}
