import type { Box } from "./words";

/** Side of a tile in pixels of the compared pictures. */
const TILE = 8;
/** Difference of a colour that an eye sees, of 255. */
const SEEN = 40;
/** Pixels of a tile that have to differ. */
const FEW = 2;

interface Picture {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

/** Where two pictures of a page differ, as boxes of the page; neighbouring tiles are one box. Yields after each row of tiles. */
export function* comparePictures(page: number, before: Picture, after: Picture): Generator<void, Box[]> {
  const [width, height] = [Math.max(before.width, after.width), Math.max(before.height, after.height)];
  const rows = Math.ceil(height / TILE);
  const columns = Math.ceil(width / TILE);
  const hit = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1)
      hit[row * columns + column] = differs(before, after, column * TILE, row * TILE) ? 1 : 0;
    yield;
  }
  const boxes: Box[] = [];
  for (let start = 0; start < hit.length; start += 1) {
    if (!hit[start]) continue;
    let [left, right, top, foot] = [columns, 0, rows, 0];
    const open = [start];
    hit[start] = 0;
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      const [row, column] = [Math.floor(place / columns), place % columns];
      [left, right] = [Math.min(left, column), Math.max(right, column)];
      [top, foot] = [Math.min(top, row), Math.max(foot, row)];
      for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y += 1)
        for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x += 1)
          if (hit[y * columns + x]) {
            hit[y * columns + x] = 0;
            open.push(y * columns + x);
          }
    }
    boxes.push({
      page,
      left: (left * TILE) / width,
      top: (top * TILE) / height,
      width: ((right - left + 1) * TILE) / width,
      height: ((foot - top + 1) * TILE) / height,
    });
  }
  return boxes;
}

function differs(before: Picture, after: Picture, left: number, top: number): boolean {
  let found = 0;
  for (let y = top; y < top + TILE; y += 1) {
    for (let x = left; x < left + TILE; x += 1) {
      for (let channel = 0; channel < 3; channel += 1) {
        if (Math.abs(colourAt(before, x, y, channel) - colourAt(after, x, y, channel)) > SEEN) {
          found += 1;
          break;
        }
      }
      if (found >= FEW) return true;
    }
  }
  return false;
}

/** Outside of a picture there is paper. */
const colourAt = ({ width, height, data }: Picture, x: number, y: number, channel: number) =>
  x < width && y < height ? (data[(y * width + x) * 4 + channel] ?? 255) : 255;
