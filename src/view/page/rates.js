// SPDX-License-Identifier: MIT
// How many events there are over time, by type: a stacked area above the timeline.
import { area, curveStep, stack } from 'd3-shape';
import { max } from 'd3-array';
import { scaleLinear } from 'd3-scale';
import { eye, state } from './state.js';
import { askBytes, isOf, latest } from './data.js';
import { inNanoseconds, rate } from './format.js';
import { colorOf } from './legend.js';
import * as losses from './losses.js';

const HEIGHT = 64;
const PIXELS = 2; // of the screen for each bin: narrower ones are noise
const canvas = document.querySelector('#rates canvas');
const context = canvas.getContext('2d');
let picture = null;

export function readRates(buffer, bins) {
  const words = new Uint32Array(buffer);
  const types = [];
  for (let at = 0; at < words.length; at += 1 + bins)
    types.push({ type: words[at], counts: words.subarray(at + 1, at + 1 + bins) });
  return types;
}

function paint(question, types) {
  const { bins, from, to } = question;
  const drawing = document.createElement('canvas');
  drawing.width = bins;
  drawing.height = HEIGHT;
  const onto = drawing.getContext('2d');
  const keys = types.map((t, i) => i);
  const layers = stack().keys(keys).value((bin, key) => types[key].counts[bin])(Array.from({ length: bins }, (_, i) => i));
  const most = max(layers.length ? layers[layers.length - 1] : [], (d) => d[1]) || 0;
  const y = scaleLinear().domain([0, most || 1]).range([HEIGHT, 2]);
  const shape = area().x((d, i) => i + 0.5).y0((d) => y(d[0])).y1((d) => y(d[1])).curve(curveStep).context(onto);
  for (const layer of layers) {
    onto.fillStyle = colorOf(types[layer.key].type);
    onto.beginPath();
    shape(layer);
    onto.fill();
  }
  return { ...question, types, most, drawing, perUnit: most / ((to - from) / bins) * (inNanoseconds() ? 1e9 : 1) };
}

const asking = latest(async (question) => {
  const buffer = await askBytes('rates', { from: question.from, to: question.to, bins: question.bins, ...eye() });
  picture = paint(question, readRates(buffer, question.bins));
  draw(canvas.clientWidth);
});

export function ask(generation, width) {
  const question = { from: Math.floor(state.from), to: Math.ceil(state.to), bins: Math.max(1, Math.round(width / PIXELS)), generation, width };
  if (!isOf(picture, question))
    asking.ask(question);
}

export function measure(width) {
  canvas.width = width * devicePixelRatio;
  canvas.height = HEIGHT * devicePixelRatio;
  canvas.style.width = width + 'px';
  canvas.style.height = HEIGHT + 'px';
}

// The highest; where events were lost there may have been more.
function label() {
  const most = `${losses.areIn(picture.from, picture.to) ? '\u2265 ' : ''}${rate(picture.perUnit)} `;
  document.getElementById('rates-label').textContent = `${picture.most ? most : ''}${inNanoseconds() ? 'events/s' : 'events/count'}`;
}

export function draw(width) {
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.clearRect(0, 0, width, HEIGHT);
  if (!picture)
    return;
  label();
  const perPixel = (state.to - state.from) / width;
  context.imageSmoothingEnabled = false;
  context.drawImage(picture.drawing, (picture.from - state.from) / perPixel, 0, (picture.to - picture.from) / perPixel, HEIGHT);
  losses.cover(context, width, HEIGHT);
}

export function current() {
  return picture;
}
