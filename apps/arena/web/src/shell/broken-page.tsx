import { Component, type ReactNode } from 'react';

/** Shown instead of a page that threw: what happened, and a way on. React takes errors of a page in a class only. */
export class BrokenPage extends Component<{ children: ReactNode }, { problem: Error | null }> {
  override state: { problem: Error | null } = { problem: null };

  static getDerivedStateFromError(problem: Error): { problem: Error } {
    return { problem };
  }

  override render(): ReactNode {
    const { problem } = this.state;
    if (problem === null) return this.props.children;
    return (
      <main id="main" className="page">
        <h1>This page broke</h1>
        <p>What you chose is safe: it is kept before anything else is done. The error says: {problem.message}</p>
        <div className="row">
          <button type="button" className="button primary" onClick={() => location.reload()}>
            Load it again
          </button>
          <a className="button" href="/">
            To the first page
          </a>
        </div>
      </main>
    );
  }
}
