/** A matrix in float64, row-major. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/**
 * The thin QR decomposition of (m, n), m ≥ n, by Householder reflections (Golub & Van Loan, §5.2): Q (m, n) with
 * orthonormal columns and R (n, n) upper triangular. Holds for matrices of any rank.
 */
export function thinQr({ rows: m, columns: n, data }: Matrix): { readonly Q: Matrix; readonly R: Matrix } {
  if (m < n) throw new RangeError(`a thin QR needs at least as many rows as columns, not (${m}, ${n})`);
  const work = columnsOf(m, n, data);
  const R = new Float64Array(n * n);
  const reflections: Float64Array[] = [];
  for (let k = 0; k < n; k++) {
    const x = work[k] as Float64Array;
    const norm = length(x, k);
    const v = x.slice();
    v.fill(0, 0, k);
    const head = x[k] as number;
    const alpha = head > 0 ? -norm : norm;
    v[k] = head - alpha;
    const size = length(v, k);
    if (size > 0) for (let i = k; i < m; i++) v[i] = (v[i] as number) / size;
    reflections.push(v);
    for (let j = k; j < n; j++) reflect(work[j] as Float64Array, v, k);
    for (let i = 0; i <= k; i++) R[i * n + k] = x[i] as number;
  }
  const Q = new Float64Array(m * n);
  for (let j = 0; j < n; j++) {
    const e = new Float64Array(m);
    e[j] = 1;
    for (let k = n - 1; k >= 0; k--) reflect(e, reflections[k] as Float64Array, k);
    for (let i = 0; i < m; i++) Q[i * n + j] = e[i] as number;
  }
  return { Q: { rows: m, columns: n, data: Q }, R: { rows: n, columns: n, data: R } };
}

/**
 * The singular value decomposition of a small square matrix by one-sided Jacobi rotations (Demmel & Veselić 1992), accurate
 * for small singular values too: M = U diag(S) Vᵀ with S falling.
 */
export function squareSvd({ columns: n, data }: Matrix): {
  readonly U: Matrix;
  readonly S: Float64Array;
  readonly V: Matrix;
} {
  const A = columnsOf(n, n, data);
  const V = columnsOf(n, n, identity(n));
  for (let sweep = 0; sweep < 60; sweep++) {
    let rotated = false;
    for (let p = 0; p < n - 1; p++)
      for (let q = p + 1; q < n; q++) {
        const [x, y] = [A[p] as Float64Array, A[q] as Float64Array];
        const [alpha, beta, gamma] = [dot(x, x), dot(y, y), dot(x, y)];
        if (gamma === 0 || Math.abs(gamma) <= 1e-15 * Math.sqrt(alpha * beta)) continue;
        rotated = true;
        const zeta = (beta - alpha) / (2 * gamma);
        const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
        const c = 1 / Math.sqrt(1 + t * t);
        rotate(x, y, c, c * t);
        rotate(V[p] as Float64Array, V[q] as Float64Array, c, c * t);
      }
    if (!rotated) break;
  }
  const norms = A.map((column) => Math.sqrt(dot(column, column)));
  const order = norms.map((_, i) => i).sort((i, j) => (norms[j] as number) - (norms[i] as number));
  const unit = (i: number): Float64Array => {
    const norm = norms[i] as number;
    return norm > 0 ? (A[i] as Float64Array).map((a) => a / norm) : new Float64Array(n);
  };
  return {
    U: fromColumns(n, order.map(unit)),
    S: Float64Array.from(order, (i) => norms[i] as number),
    V: fromColumns(
      n,
      order.map((i) => V[i] as Float64Array),
    ),
  };
}

/** (m, k) · (k, n) → (m, n) */
export function product(a: Matrix, b: Matrix): Matrix {
  const data = new Float64Array(a.rows * b.columns);
  for (let i = 0; i < a.rows; i++)
    for (let k = 0; k < a.columns; k++) {
      const x = a.data[i * a.columns + k] as number;
      for (let j = 0; j < b.columns; j++)
        data[i * b.columns + j] = (data[i * b.columns + j] as number) + x * (b.data[k * b.columns + j] as number);
    }
  return { rows: a.rows, columns: b.columns, data };
}

/** (m, n) → (n, m) */
export function transposed({ rows, columns, data }: Matrix): Matrix {
  const turned = new Float64Array(data.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) turned[j * rows + i] = data[i * columns + j] as number;
  return { rows: columns, columns: rows, data: turned };
}

function columnsOf(rows: number, count: number, data: Float64Array): Float64Array[] {
  return Array.from({ length: count }, (_, j) =>
    Float64Array.from({ length: rows }, (_, i) => data[i * count + j] as number),
  );
}

function fromColumns(rows: number, columns: readonly Float64Array[]): Matrix {
  const data = new Float64Array(rows * columns.length);
  columns.forEach((column, j) => {
    for (let i = 0; i < rows; i++) data[i * columns.length + j] = column[i] as number;
  });
  return { rows, columns: columns.length, data };
}

const identity = (n: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (y[i] as number);
  return sum;
}

/** The length of a vector from its k-th element on. */
function length(x: Float64Array, k: number): number {
  let sum = 0;
  for (let i = k; i < x.length; i++) sum += (x[i] as number) ** 2;
  return Math.sqrt(sum);
}

/** x − 2 v (vᵀ x), for v that is zero before k. */
function reflect(x: Float64Array, v: Float64Array, k: number): void {
  let twice = 0;
  for (let i = k; i < x.length; i++) twice += 2 * (v[i] as number) * (x[i] as number);
  if (twice !== 0) for (let i = k; i < x.length; i++) x[i] = (x[i] as number) - twice * (v[i] as number);
}

/** (x, y) ← (c x − s y, s x + c y) */
function rotate(x: Float64Array, y: Float64Array, c: number, s: number): void {
  for (let i = 0; i < x.length; i++) {
    const [a, b] = [x[i] as number, y[i] as number];
    x[i] = c * a - s * b;
    y[i] = s * a + c * b;
  }
}
