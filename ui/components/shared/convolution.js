// Convolutions of one picture on typed arrays, with TensorFlow's padding `same`.

export const KERNEL = 3; // pixels along a side of what a convolution looks at

/**
 * Each pixel that leaves is a sum over the 3 × 3 pixels around its place, what lies beyond the edges is 0. In place on `output`.
 * Weights: (3, 3, channels, channels_out), row-major.
 */
export function gather({ weights, bias, output, convolution: shape }, input) {
  const { side, channels, side_out: narrow, channels_out: many, stride, margin } = shape;
  for (let i = 0; i < output.length; i += many) output.set(bias, i);
  for (let pixel = 0; pixel < narrow * narrow; pixel++) {
    for (let place = 0; place < KERNEL * KERNEL; place++) {
      const y = Math.floor(pixel / narrow) * stride + Math.floor(place / KERNEL) - margin;
      const x = (pixel % narrow) * stride + (place % KERNEL) - margin;
      if (y < 0 || x < 0 || y >= side || x >= side) continue;
      const from = (y * side + x) * channels;
      for (let channel = 0; channel < channels; channel++) {
        const value = input[from + channel];
        if (value === 0) continue;
        const row = (place * channels + channel) * many;
        for (let k = 0; k < many; k++) output[pixel * many + k] += value * weights[row + k];
      }
    }
  }
}

/**
 * A transposed convolution: each pixel that enters is spread over the 3 × 3 pixels around its place, what falls off the edges
 * is lost. In place on `output`. Weights: (3, 3, channels_out, channels), row-major.
 */
export function spreadOut({ weights, bias, output, spread, convolution: shape }, input) {
  const { side, side_out: wide, channels_out: many, stride, margin } = shape;
  products(weights, input, spread, KERNEL * KERNEL * many, shape.channels);
  for (let i = 0; i < output.length; i += many) output.set(bias, i);
  let from = 0;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      for (let place = 0; place < KERNEL * KERNEL; place++, from += many) {
        const y = row * stride + Math.floor(place / KERNEL) - margin;
        const x = column * stride + (place % KERNEL) - margin;
        if (y < 0 || x < 0 || y >= wide || x >= wide) continue;
        const to = (y * wide + x) * many;
        for (let k = 0; k < many; k++) output[to + k] += spread[from + k];
      }
    }
  }
}

/** (rows, channels) weights times each pixel's channels -> (pixels, rows); four pixels at once, so that a weight is read once. */
function products(weights, input, spread, rows, channels) {
  const pixels = input.length / channels;
  let pixel = 0;
  for (; pixel + 4 <= pixels; pixel += 4) {
    const a = pixel * channels;
    const b = a + channels;
    const c = b + channels;
    const d = c + channels;
    let weight = 0;
    for (let row = 0; row < rows; row++) {
      let p = 0;
      let q = 0;
      let r = 0;
      let s = 0;
      for (let channel = 0; channel < channels; channel++) {
        const w = weights[weight++];
        p += input[a + channel] * w;
        q += input[b + channel] * w;
        r += input[c + channel] * w;
        s += input[d + channel] * w;
      }
      const to = pixel * rows + row;
      spread[to] = p;
      spread[to + rows] = q;
      spread[to + 2 * rows] = r;
      spread[to + 3 * rows] = s;
    }
  }
  for (; pixel < pixels; pixel++) {
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let k = 0; k < channels; k++) sum += input[pixel * channels + k] * weights[row * channels + k];
      spread[pixel * rows + row] = sum;
    }
  }
}
