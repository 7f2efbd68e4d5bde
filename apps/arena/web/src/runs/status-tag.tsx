const looks: Readonly<Record<string, string>> = {
  running: 'lively',
  new: 'lively',
  failed: 'failed',
  interrupted: 'failed',
};

export function StatusTag({ status }: { status: string }) {
  return <span className={`tag ${looks[status] ?? ''}`}>{status}</span>;
}
