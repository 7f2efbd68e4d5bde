import './copyable.css';
import { CopyButton } from './copy-button.js';

/** A command, link or key on one line, to be copied. */
export function Copyable({ text, what }: { text: string; what: string }) {
  return (
    <div className="copyable">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <code tabIndex={0}>{text}</code>
      <CopyButton text={text} what={what} />
    </div>
  );
}
