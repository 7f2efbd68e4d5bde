import { Link } from 'wouter';

export function NotFound({ what }: { what: string }) {
  return (
    <main id="main" className="page">
      <title>Not found · Bradley</title>
      <h1>There is no such {what}</h1>
      <p className="soft">The address may be mistyped, or it is not for you to see.</p>
      <p>
        <Link href="/">To the first page</Link>
      </p>
    </main>
  );
}
