// SPDX-License-Identifier: MIT
// Where events were lost: a strip above the rows, and a shade over what is drawn of that time, which is less than there was.
import { state, subscribe } from './state.js';
import { askJson, isOf, latest } from './data.js';
import { duration, moment, plural } from './format.js';

const HEIGHT = 14;
const SHADE = 0.13;
const LEAST_TEXT = 35;
const MOST_TOLD = 4;
const box = document.getElementById('losses');
const canvas = box.querySelector('canvas');
const context = canvas.getContext('2d');
let picture = null;
let palette = null;

// A number of lost events as far as it is known.
export function amount({ lost, lost_exactly: isExact }) {
  return isExact ? plural(lost, 'event') : lost ? `more than ${plural(lost, 'event')}` : 'some events';
}

function text(gap) {
  const where = gap.cpu === null ? 'on several CPUs' : `on CPU ${gap.cpu}`;
  const since = gap.gaps === 1 ? '' : `, ${gap.gaps} times`;
  const when = gap.end ? `between ${[gap.begin, gap.end].map((time) => moment(time, (gap.end - gap.begin) / 100)).join(' and ')}` : 'before the first event';
  return `${amount(gap)} lost ${where}${since}, ${when}`;
}

// One pixel high: it is stretched.
function shade({ gaps: all, from, to, bins }) {
  const drawing = document.createElement('canvas');
  drawing.width = bins;
  drawing.height = 1;
  const onto = drawing.getContext('2d');
  onto.fillStyle = palette.wrong;
  for (const gap of all) {
    const begin = Math.max(0, Math.floor((gap.begin - from) / (to - from) * bins));
    const end = Math.min(bins, Math.ceil((gap.end - from) / (to - from) * bins));
    onto.fillRect(begin, 0, Math.max(1, end - begin), 1);
  }
  return drawing;
}

const asking = latest(async (question) => {
  picture = { ...question, gaps: await askJson('lost', { from: question.from, to: question.to, bins: question.bins }) };
  picture.drawing = shade(picture);
  question.done();
});

// Calls `done` when there is a new picture.
export function ask(generation, width, done) {
  const question = { from: Math.floor(state.from), to: Math.ceil(state.to), bins: width, generation, width, done };
  if (isLossy() && !isOf(picture, question))
    asking.ask(question);
}

export function isLossy() {
  return Boolean(state.info && (state.info.lost || !state.info.lost_exactly));
}

export function measure(width) {
  canvas.width = width * devicePixelRatio;
  canvas.height = HEIGHT * devicePixelRatio;
  canvas.style.width = width + 'px';
  canvas.style.height = HEIGHT + 'px';
}

export function recolor(colors) {
  palette = colors;
  if (picture)
    picture.drawing = shade(picture);
}

// The shade over a drawing as wide as the window.
export function cover(onto, width, height, alpha = SHADE) {
  if (!picture || !isLossy())
    return;
  const perPixel = (state.to - state.from) / width;
  onto.imageSmoothingEnabled = false;
  onto.globalAlpha = alpha;
  onto.drawImage(picture.drawing, (picture.from - state.from) / perPixel, 0, (picture.to - picture.from) / perPixel, height);
  onto.globalAlpha = 1;
}

export function draw(width) {
  if (!isLossy())
    return;
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.clearRect(0, 0, width, HEIGHT);
  cover(context, width, HEIGHT, 1);
  context.fillStyle = palette.ground;
  context.font = '10px system-ui, sans-serif';
  context.textBaseline = 'middle';
  let free = 0;
  for (const gap of gaps()) {
    const [from, to] = [gap.begin, gap.end].map((time) => (time - state.from) / (state.to - state.from) * width);
    const left = Math.max(from, free, 0) + 4;
    const room = Math.min(to, width) - 4 - left;
    // There may be very many: most are too narrow for any text.
    if (room < LEAST_TEXT || room < context.measureText(amount(gap)).width)
      continue;
    context.fillText(amount(gap), left, HEIGHT / 2);
    free = to;
  }
}

function gaps() {
  return isLossy() && picture ? picture.gaps : [];
}

function touches(from, to) {
  return (gap) => gap.begin <= to && from <= gap.end;
}

export function areIn(from, to) {
  return gaps().some(touches(from, to));
}

// What is told of a time; '': nothing is missing there. Of several CPUs the first few.
export function tell(from, to = from) {
  const there = gaps().filter(touches(from, to));
  const more = there.length - MOST_TOLD;
  return [...there.slice(0, MOST_TOLD).map(text), ...(more > 0 ? [`and ${plural(more, 'more gap')}`] : [])].join('\n');
}

export function current() {
  return picture;
}

export function start() {
  canvas.addEventListener('pointermove', (event) => {
    const perPixel = (state.to - state.from) / canvas.clientWidth;
    const at = state.from + event.offsetX * perPixel;
    // Those that are narrower than a pixel are wide enough to be pointed at.
    canvas.title = tell(at - 2 * perPixel, at + 2 * perPixel);
  });
  subscribe((names) => {
    if (names.has('info'))
      box.hidden = !isLossy();
  });
}
