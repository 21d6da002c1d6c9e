// How opaque each dot is: fainter where many lie on each other, so that a crowd does not become one dark blot. Pure.

const CELL = 8; // pixels: in cells of this size dots are counted
const FULL = 0.85; // opacity of a dot on its own
const FADING = 0.8; // 1: as much ink in a crowd as of one layer of dots; 0: each dot as opaque as alone

/** points {x, y}: (n,) pixels; size: diameter of a dot -> (n,) opacities. What lies outside the area counts for nothing. */
export function inkShares({ x, y }, { width, height }, size) {
  const columns = Math.max(1, Math.ceil(width / CELL));
  const rows = Math.max(1, Math.ceil(height / CELL));
  const counts = new Uint32Array(columns * rows);
  const cells = Int32Array.from(x, (across, i) => cellOf(across, y[i], columns, rows));
  for (const cell of cells) if (cell >= 0) counts[cell] += 1;
  const layer = (Math.PI * size * size) / 4 / (CELL * CELL); // of a cell, covered by one dot
  return Float32Array.from(cells, (cell) => (cell < 0 ? FULL : FULL / Math.max(1, counts[cell] * layer) ** FADING));
}

function cellOf(x, y, columns, rows) {
  const [column, row] = [Math.floor(x / CELL), Math.floor(y / CELL)];
  return column >= 0 && row >= 0 && column < columns && row < rows ? row * columns + column : -1;
}
