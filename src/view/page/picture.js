// SPDX-License-Identifier: MIT
// Pictures of a part of the time, made once and drawn again and again, moved and stretched, while the next one is on its way.
import { colorOf } from './legend.js';
import { ROW_PX } from './rows.js';

const NO_TYPE = 0xffffffff;
const SPAN_TOP = 4;
const SPAN_PX = 10;
const BASE = ROW_PX - 2; // where bars stand

// '#rrggbb' as a pixel of ImageData.
function pixelOf(color, alpha) {
  const rgb = parseInt(color.slice(1), 16);
  return ((Math.round(alpha * 255) << 24) | ((rgb & 255) << 16) | (rgb & 0xff00) | (rgb >> 16)) >>> 0;
}

export function readWindow(buffer, question) {
  const words = new Uint32Array(buffer);
  return { ...question, words, at: (row, bin) => 2 * (row * question.bins + bin) };
}

// Spans of each thread: { spans: Float64Array of begin, end, event } or { busy: Float64Array }.
export function readSpans(buffer, question) {
  const numbers = new Float64Array(buffer);
  const rows = [];
  let at = 0;
  while (rows.length < question.threads.length) {
    if (numbers[at] === -1) {
      const n = numbers[at + 1];
      rows.push({ spans: numbers.subarray(at + 2, at + 2 + 3 * n) });
      at += 2 + 3 * n;
    } else {
      rows.push({ busy: numbers.subarray(at + 1, at + 1 + question.bins) });
      at += 1 + question.bins;
    }
  }
  return rows;
}

function drawBars(pixels, data, row, most) {
  const { bins, words } = data;
  const room = data.spans ? ROW_PX - SPAN_TOP - SPAN_PX - 4 : ROW_PX - 6;
  const scale = (room - 4) / Math.log2(1 + most);
  for (let bin = 0; bin < bins; bin++) {
    const at = data.at(row, bin);
    const count = words[at];
    if (!count)
      continue;
    const pixel = words[at + 1] === NO_TYPE ? 0 : pixelOf(colorOf(words[at + 1]), 0.95);
    const height = Math.round(4 + scale * Math.log2(1 + count));
    for (let y = BASE - height; y < BASE; y++)
      pixels[(row * ROW_PX + y) * bins + bin] = pixel;
  }
}

function fill(pixels, width, row, from, to, pixel) {
  for (let y = SPAN_TOP; y < SPAN_TOP + SPAN_PX; y++)
    pixels.fill(pixel, (row * ROW_PX + y) * width + from, (row * ROW_PX + y) * width + to);
}

function drawSpans(pixels, data, row, color) {
  const { spans, busy } = data.spans[row];
  const perBin = (data.to - data.from) / data.bins;
  const full = pixelOf(color, 0.6);
  const edge = pixelOf(color, 1);
  if (busy) {
    for (let bin = 0; bin < data.bins; bin++) {
      if (busy[bin] > 0)
        fill(pixels, data.bins, row, bin, bin + 1, pixelOf(color, 0.15 + 0.7 * Math.min(busy[bin], 1)));
    }
    return;
  }
  for (let i = 0; i < spans.length; i += 3) {
    const from = Math.max(0, Math.floor((spans[i] - data.from) / perBin));
    const to = Math.min(data.bins, Math.max(from + 1, Math.ceil((spans[i + 1] - data.from) / perBin)));
    if (to <= from)
      continue;
    fill(pixels, data.bins, row, from, to, full);
    if (spans[i] >= data.from)
      fill(pixels, data.bins, row, from, from + 1, edge);
  }
}

// Draws data into a canvas of its own: one pixel for each bin, as high as the rows.
export function paint(data, spanColor) {
  const rows = data.threads.length;
  const canvas = document.createElement('canvas');
  canvas.width = data.bins;
  canvas.height = Math.max(1, rows * ROW_PX);
  const context = canvas.getContext('2d');
  const image = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  let most = 1;
  for (let i = 0; i < data.words.length; i += 2)
    most = Math.max(most, data.words[i]);
  for (let row = 0; row < rows; row++) {
    drawBars(pixels, data, row, most);
    if (data.spans)
      drawSpans(pixels, data, row, spanColor);
  }
  context.putImageData(image, 0, 0);
  return { ...data, canvas, index: new Map(data.threads.map((thread, i) => [thread, i])) };
}

export const SPAN_MIDDLE = SPAN_TOP + SPAN_PX / 2;
