// SPDX-License-Identifier: MIT
// The timeline: what is seen of each thread. A frame moves and stretches the last pictures to where they belong now; new ones are asked for meanwhile.
import { axisBottom } from 'd3-axis';
import { scaleLinear } from 'd3-scale';
import { select } from 'd3-selection';
import { change, extent, eye, look, state, subscribe } from './state.js';
import { askBytes, askJson, latest } from './data.js';
import { axis, count, duration, moment, plural } from './format.js';
import { between, heightOf, ROW_PX } from './rows.js';
import { colorOf, nameOf } from './legend.js';
import { paint, readSpans, readWindow, SPAN_MIDDLE } from './picture.js';
import * as losses from './losses.js';
import * as rates from './rates.js';

const MARGIN = 0.5; // of the window, on each side: what a pan shows at once
const LABEL_ROOM = 110; // pixels beside an event that has its name written
const MAX_BINS = 4096;

const stage = document.querySelector('#stage canvas');
const context = stage.getContext('2d');
const scroller = document.getElementById('rows');
const frames = []; // when the last ones were drawn, and how long that took

let width = 0, height = 0;
let pictures = []; // all of the time, then the part
let pointer = null; // { x, y } over the canvas
let isAsked = false;
let generation = 0; // of what is seen: pictures of another one show the wrong things

const dark = window.matchMedia('(prefers-color-scheme: dark)');
let palette;

function readPalette() {
  const style = getComputedStyle(document.documentElement);
  palette = Object.fromEntries(['ink', 'faint', 'line', 'head', 'ground', 'mark', 'wrong'].map((name) => [name, style.getPropertyValue('--' + name).trim()]));
  losses.recolor(palette);
}

export function pixelOf(time) {
  return (time - state.from) / (state.to - state.from) * width;
}

export function timeOf(pixel) {
  return state.from + pixel / width * (state.to - state.from);
}

export function frameTimes() {
  return frames;
}

// ---- pictures ----

async function askPicture(question) {
  const rows = question.threads.join(',');
  const time = { from: Math.floor(question.from), to: Math.ceil(question.to), bins: question.bins, rows };
  const asked = [askBytes('window', { ...time, ...eye() })];
  if (question.pair)
    asked.push(askBytes('spans', { ...time, ...question.pair }));
  const [window, spans] = await Promise.all(asked);
  if (question.generation !== generation)
    return null;
  const data = readWindow(window, { ...question, from: time.from, to: time.to });
  if (spans)
    data.spans = readSpans(spans, question);
  return paint(data, question.pair ? colorOf(question.pair.begin) : '');
}

const part = latest(async (question) => {
  const picture = await askPicture(question);
  if (picture) {
    pictures[1] = picture;
    draw();
    tell(picture);
  }
});
const whole = latest(async (question) => {
  const picture = await askPicture(question);
  if (picture) {
    pictures[0] = picture;
    draw();
  }
});

function visibleThreads(margin) {
  return between(state.rows, state.scroll - margin, state.scroll + height + margin)
    .filter((row) => !row.isHead).map((row) => row.thread.id);
}

// Is the last picture still what would be asked for?
function isSharp(picture, threads) {
  const window = state.to - state.from;
  const room = extent();
  return picture && picture.generation === generation &&
    picture.from <= Math.max(state.from, room.begin) && picture.to >= Math.min(state.to, room.end) &&
    (picture.to - picture.from) / picture.bins <= 1.01 * window / width &&
    (picture.to - picture.from) / picture.bins >= 0.45 * window / width &&
    threads.every((thread) => picture.index.has(thread));
}

export function refresh() {
  if (!width || !state.rows.length)
    return;
  const threads = visibleThreads(0);
  const window = state.to - state.from;
  if (!isSharp(pictures[1], threads)) {
    const from = Math.max(0, state.from - MARGIN * window);
    const to = state.to + MARGIN * window;
    const bins = Math.max(1, Math.min(MAX_BINS, Math.round((to - from) / window * width)));
    part.ask({ from, to, bins, threads: visibleThreads(height / 2), pair: state.pair, generation });
  }
  const room = extent();
  if (!pictures[0] || pictures[0].generation !== generation || !threads.every((thread) => pictures[0].index.has(thread)))
    whole.ask({ from: room.begin, to: room.end, bins: Math.min(MAX_BINS, width), threads: visibleThreads(height / 2), pair: state.pair, generation });
  rates.ask(generation, width);
  losses.ask(generation, width, draw);
}

// ---- a frame ----

function drawPicture(picture, rows) {
  const perPixel = (state.to - state.from) / width;
  const x = (picture.from - state.from) / perPixel;
  const w = (picture.to - picture.from) / perPixel;
  if (x >= width || x + w <= 0)
    return;
  const left = Math.max(0, x);
  const right = Math.min(width, x + w);
  const scale = picture.bins / w;
  for (const row of rows) {
    const index = row.isHead ? undefined : picture.index.get(row.thread.id);
    if (index !== undefined)
      context.drawImage(picture.canvas, (left - x) * scale, index * ROW_PX, (right - left) * scale, ROW_PX,
        left, row.top - state.scroll, right - left, ROW_PX);
  }
}

function drawGround(rows) {
  context.fillStyle = palette.ground;
  context.fillRect(0, 0, width, height);
  for (const row of rows) {
    const y = row.top - state.scroll;
    if (row.isHead) {
      context.fillStyle = palette.head;
      context.fillRect(0, y, width, row.height);
    } else if (state.selected && state.selected.thread === row.thread.id) {
      context.fillStyle = palette.faint;
      context.fillRect(0, y, width, row.height);
    }
    context.fillStyle = palette.line;
    context.fillRect(0, y + row.height - 1, width, 1);
  }
}

// Names beside events that stand alone, lengths in spans that are wide enough.
function drawTexts(picture, rows) {
  const perBin = (picture.to - picture.from) / picture.bins;
  const first = Math.max(0, Math.floor((state.from - picture.from) / perBin));
  const last = Math.min(picture.bins, Math.ceil((state.to - picture.from) / perBin));
  context.font = '11px system-ui, sans-serif';
  context.textBaseline = 'middle';
  for (const row of rows) {
    const index = row.isHead ? undefined : picture.index.get(row.thread.id);
    if (index === undefined)
      continue;
    const y = row.top - state.scroll;
    context.fillStyle = palette.ink;
    let held = null; // the last event, until it is known how much room it has
    const write = (next) => {
      if (held && next - held.x > LABEL_ROOM)
        context.fillText(held.name, held.x + 4, y + ROW_PX - 8);
    };
    for (let bin = first; bin < last; bin++) {
      const at = picture.at(index, bin);
      if (!picture.words[at])
        continue;
      const x = pixelOf(picture.from + bin * perBin);
      write(x);
      held = { x, name: nameOf(picture.words[at + 1]).split(':')[1] };
    }
    write(width + LABEL_ROOM / 2);
    drawLengths(picture, index, y);
  }
}

function drawLengths(picture, index, y) {
  const spans = picture.spans && picture.spans[index].spans;
  for (let i = 0; spans && i < spans.length; i += 3) {
    const from = Math.max(0, pixelOf(spans[i]));
    const to = Math.min(width, pixelOf(spans[i + 1]));
    if (to - from > 54)
      context.fillText(duration(spans[i + 1] - spans[i], 3), from + 4, y + SPAN_MIDDLE);
  }
}

function drawLine(x, color) {
  if (x >= 0 && x <= width) {
    context.fillStyle = color;
    context.fillRect(Math.round(x), 0, 1, height);
  }
}

function drawSelected(rows) {
  const { selected } = state;
  if (!selected)
    return;
  const x = pixelOf(selected.time);
  drawLine(x, palette.mark);
  const row = rows.find((r) => !r.isHead && r.thread.id === selected.thread);
  if (row && x >= -6 && x <= width + 6) {
    context.strokeStyle = palette.mark;
    context.lineWidth = 2;
    context.strokeRect(x - 4, row.top - state.scroll + 1, 9, ROW_PX - 4);
  }
}

function drawAxis() {
  const scale = scaleLinear().domain([state.from, state.to]).range([0, width]);
  const ticks = scale.ticks(Math.max(2, Math.floor(width / 110)));
  const { base, label } = axis(ticks, state.from, state.to);
  select('#axis svg').attr('width', width).attr('height', 22).call(axisBottom(scale).tickValues(ticks).tickFormat(label).tickSize(5));
  document.getElementById('axis-base').textContent = base;
  document.getElementById('range').textContent = `${duration(state.to - state.from)} from ${moment(state.from, (state.to - state.from) / 100)}`;
}

function frame(now) {
  const begin = performance.now();
  const rows = between(state.rows, state.scroll, state.scroll + height);
  isAsked = false;
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.imageSmoothingEnabled = false;
  drawGround(rows);
  const [all, near] = pictures;
  const covers = near && near.from <= state.from && near.to >= state.to && rows.every((row) => row.isHead || near.index.has(row.thread.id));
  if (all && !covers)
    drawPicture(all, rows);
  if (near) {
    if (!covers && all) {
      context.fillStyle = palette.ground;
      for (const row of rows) {
        if (!row.isHead && near.index.has(row.thread.id)) {
          const x = pixelOf(near.from);
          context.fillRect(x, row.top - state.scroll, pixelOf(near.to) - x, row.height - 1);
        }
      }
    }
    drawPicture(near, rows);
    drawTexts(near, rows);
  }
  losses.cover(context, width, height);
  drawSelected(rows);
  if (pointer)
    drawLine(pointer.x, palette.line);
  drawAxis();
  rates.draw(width);
  losses.draw(width);
  frames.push({ at: now, took: performance.now() - begin });
  if (frames.length > 2000)
    frames.shift();
}

export function draw() {
  if (!isAsked && width && state.info) {
    isAsked = true;
    requestAnimationFrame(frame);
  }
}

// ---- what is told of it ----

function tell(picture) {
  let events = 0;
  let bars = 0;
  const perBin = (picture.to - picture.from) / picture.bins;
  const first = Math.max(0, Math.ceil((state.from - picture.from) / perBin - 1e-6));
  const last = Math.min(picture.bins, Math.floor((state.to - picture.from) / perBin + 1e-6));
  const spans = picture.spans ? picture.spans.reduce((sum, row) => sum + (row.spans ? row.spans.length / 3 : 0), 0) : 0;
  picture.threads.forEach((thread, row) => {
    for (let bin = first; bin < last; bin++) {
      const n = picture.words[picture.at(row, bin)];
      events += n;
      bars += n > 0;
    }
  });
  change({ drawn: { from: picture.from, to: picture.to, bins: picture.bins, threads: picture.threads.length, events, bars, spans, generation: picture.generation } });
  document.getElementById('status').textContent =
    `${duration(state.to - state.from)} in view, ${plural(events, 'event')}, ${plural(picture.threads.length, 'thread')}`;
}

function rowAt(y) {
  return between(state.rows, state.scroll + y, state.scroll + y + 1).find((row) => !row.isHead);
}

function showTip() {
  const tip = document.getElementById('tip');
  const row = pointer && rowAt(pointer.y);
  const picture = pictures[1];
  const index = row && picture ? picture.index.get(row.thread.id) : undefined;
  tip.hidden = index === undefined;
  if (tip.hidden)
    return;
  const time = timeOf(pointer.x);
  const bin = Math.floor((time - picture.from) / (picture.to - picture.from) * picture.bins);
  const at = picture.at(index, bin);
  const n = bin >= 0 && bin < picture.bins ? picture.words[at] : 0;
  const what = n ? `\n${n === 1 ? '' : count(n) + ' events, most: '}${nameOf(picture.words[at + 1])}` : '';
  const missing = losses.tell(time);
  tip.textContent = `${moment(time, (state.to - state.from) / width)}  ${row.label}${what}${missing && '\n' + missing}`;
  const box = document.getElementById('timeline').getBoundingClientRect();
  const at2 = stage.getBoundingClientRect();
  tip.style.left = Math.min(at2.left - box.left + pointer.x + 14, box.width - tip.offsetWidth - 4) + 'px';
  tip.style.top = at2.top - box.top + pointer.y + 16 + 'px';
}

export async function pick(x, y) {
  const row = rowAt(y);
  if (!row)
    return;
  await askJson('near', { row: row.thread.id, time: Math.max(0, Math.round(timeOf(x))), ...eye() })
    .then((selected) => change({ selected }), () => change({ selected: null }));
}

// ---- sizes, labels ----

function showLabels() {
  const rows = between(state.rows, state.scroll, state.scroll + height);
  select('#labels').selectAll('li').data(rows, (row) => row.label + row.top).join('li')
    .attr('class', (row) => row.isHead ? 'process' : row.isMember ? 'thread' : 'thread alone')
    .attr('title', (row) => row.label)
    .style('top', (row) => row.top - state.scroll + 'px').style('height', (row) => row.height + 'px')
    .text((row) => row.label);
}

function measure() {
  const labels = document.getElementById('labels').offsetWidth;
  width = Math.max(50, Math.floor(scroller.clientWidth - labels));
  height = scroller.clientHeight;
  stage.width = width * devicePixelRatio;
  stage.height = height * devicePixelRatio;
  stage.style.width = width + 'px';
  stage.style.height = height + 'px';
  document.getElementById('stage').style.height = height + 'px';
  document.getElementById('space').style.height = Math.max(0, heightOf(state.rows) - height) + 'px';
  rates.measure(width);
  losses.measure(width);
  showLabels();
  refresh();
  draw();
}

export function start() {
  readPalette();
  dark.addEventListener('change', () => {
    readPalette();
    draw();
  });
  new ResizeObserver(measure).observe(scroller);
  scroller.addEventListener('scroll', () => change({ scroll: scroller.scrollTop }));
  stage.addEventListener('pointermove', (event) => {
    pointer = { x: event.offsetX, y: event.offsetY };
    showTip();
    draw();
  });
  stage.addEventListener('pointerleave', () => {
    pointer = null;
    showTip();
    draw();
  });
  subscribe((names) => {
    if (names.has('info') || names.has('filter') || names.has('hidden') || names.has('pair'))
      generation++;
    if (names.has('rows'))
      measure();
    if (names.has('scroll') || names.has('rows'))
      showLabels();
    if (['info', 'from', 'to', 'scroll', 'filter', 'hidden', 'pair'].some((name) => names.has(name)))
      refresh();
    draw();
  });
}

export function scrollBy(pixels) {
  scroller.scrollTop += pixels;
}

export function size() {
  return { width, height, stage };
}

// Zooms around a pixel, whose time moves to another one: factor < 1 shows less of the time.
export function zoom(factor, pixel = width / 2, goal = pixel) {
  const length = (state.to - state.from) * factor;
  const from = timeOf(pixel) - length * goal / width;
  look(from, from + length, { following: false });
}

export function pan(fraction) {
  const by = (state.to - state.from) * fraction;
  look(state.from + by, state.to + by, { following: false });
}
