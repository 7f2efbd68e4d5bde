/**
 * Settings of glibc's allocator that make large outputs 2 to 2.5 times cheaper (measured with onnxruntime-node 1.30 on
 * 400 MB outputs): freed memory is kept for the next step instead of being mapped and zeroed again, in huge pages. They
 * are read before main() runs, so they must be in the environment of a process before it starts.
 */
const tunables = {
  'glibc.malloc.hugetlb': '1',
  'glibc.malloc.mmap_threshold': '8589934592',
  'glibc.malloc.trim_threshold': '17179869184',
};

/** The version of glibc this process runs on; null on musl and everywhere but Linux. */
export function glibcVersion(): string | null {
  if (process.platform !== 'linux') return null;
  const report = process.report as { excludeNetwork?: boolean; getReport(): object };
  report.excludeNetwork = true; // else the report looks up the names of open connections, which takes seconds
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime ?? null;
}

/**
 * The GLIBC_TUNABLES for a process that trains, or nothing where there is no glibc. Values that the environment sets
 * already stay.
 */
export function allocatorEnvironment(env: NodeJS.ProcessEnv): { GLIBC_TUNABLES?: string } {
  if (glibcVersion() === null) return {};
  const set = (env.GLIBC_TUNABLES ?? '').split(':').filter((entry) => entry !== '');
  const names = new Set(set.map((entry) => entry.split('=')[0]));
  const missing = Object.entries(tunables).filter(([name]) => !names.has(name));
  return { GLIBC_TUNABLES: [...set, ...missing.map(([name, value]) => `${name}=${value}`)].join(':') };
}
