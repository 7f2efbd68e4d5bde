import { useCallback, useEffect, useState } from 'react';
import { type Steering, steerRun } from '../api/runs.js';
import { type Action, useAction } from '../ui/use-action.js';

/**
 * Steers a run by hand. A run answers at its next step, which may take a while: `isAsked` holds from an answer of the server until the run's
 * status is another. `again` follows the run anew once it was resumed.
 */
export function useSteering(
  id: string,
  status: string | undefined,
  again: () => void,
): Action<[Steering]> & { readonly isAsked: (action: Steering) => boolean } {
  const [asked, setAsked] = useState<{ action: Steering; of: string | undefined } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: with another status what was asked is answered
  useEffect(() => setAsked(null), [status]);
  const steer = useAction(
    useCallback(
      async (action: Steering) => {
        await steerRun(id, action);
        setAsked({ action, of: status });
        if (action === 'resume') again();
      },
      [id, status, again],
    ),
  );
  return { ...steer, isAsked: (action) => asked?.action === action && asked.of === status };
}
