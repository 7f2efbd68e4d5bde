import './dialog.css';
import { type ReactNode, useId, useLayoutEffect, useRef } from 'react';
import { Problem } from './problem.js';
import type { Action } from './use-action.js';

/**
 * Asks before something is done. Open as long as it is shown; Escape and Cancel call `onClose`. The browser keeps the focus inside and
 * gives it back afterwards.
 */
export function Dialog({
  title,
  children,
  act,
  action,
  danger = false,
  ready = true,
  onClose,
}: {
  title: string;
  children: ReactNode;
  /** What the button that does it says. */
  act: string;
  action: Action<[]>;
  danger?: boolean;
  ready?: boolean;
  onClose: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  // A layout effect is undone while the dialog is still in the page, without which the focus is not given back.
  useLayoutEffect(() => {
    const opened = dialog.current;
    opened?.showModal();
    return () => opened?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void action.run();
        }}
      >
        <h2 id={heading}>{title}</h2>
        {children}
        <Problem>{action.problem}</Problem>
        <div className="dialog-end">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button
            type="submit"
            className={danger ? 'button danger' : 'button primary'}
            disabled={action.busy || !ready}
          >
            {act}
          </button>
        </div>
      </form>
    </dialog>
  );
}
