import { createHash } from 'node:crypto';
import { type Html, html, trusted } from './html.js';
import { style } from './style.js';

export interface Page {
  readonly title: string;
  /** What stands in the body: a `main`, and a `footer` where there is one. */
  readonly body: Html;
  /** Rules of this page besides the common ones. */
  readonly styles?: string;
  /** The one script that its policy lets run. */
  readonly script?: string;
}

/**
 * A report as one HTML page that needs nothing else: pictures, charts, style and script are inside, and its policy forbids the browser to
 * fetch anything or to run any other script.
 */
export function renderPage({ title, body, styles = '', script }: Page): string {
  const run = script && `; script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'${run}">
<title>${title}</title>
<style>${trusted(style + styles)}</style>
</head>
<body>
${body}${
  script === undefined
    ? undefined
    : html`
<script>${trusted(script)}</script>`
}
</body>
</html>
`.html;
}
