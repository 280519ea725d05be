// SPDX-License-Identifier: MIT
// Wheel, drag, pinch, buttons and keys.
import { change, extent, look, state } from './state.js';
import * as details from './details.js';
import * as timeline from './timeline.js';

const STEP = 0.8; // of a zoom by key or button
const CLICK_PX = 4; // less is no drag

function fit() {
  const { begin, end } = extent();
  look(begin, end, { following: state.info.live });
}

function zoomToSelected() {
  if (!state.selected)
    return;
  const half = Math.max((state.to - state.from) / 40, 500);
  look(state.selected.time - half, state.selected.time + half, { following: false });
}

const keys = {
  w: () => timeline.zoom(STEP), '+': () => timeline.zoom(STEP), '=': () => timeline.zoom(STEP),
  s: () => timeline.zoom(1 / STEP), '-': () => timeline.zoom(1 / STEP),
  a: () => timeline.pan(-0.2), ArrowLeft: () => timeline.pan(-0.2),
  d: () => timeline.pan(0.2), ArrowRight: () => timeline.pan(0.2),
  ArrowUp: () => timeline.scrollBy(-60), ArrowDown: () => timeline.scrollBy(60),
  0: fit, Home: fit,
  p: () => details.step('previous'), n: () => details.step('next'),
  f: zoomToSelected,
  '/': () => document.getElementById('filter').focus(),
  '?': () => document.getElementById('help').showModal(),
  Escape: () => change({ selected: null }),
};

function onKey(event) {
  const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== 'checkbox';
  const action = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (event.key === 'Escape' && isTyping)
    event.target.blur();
  if (!action || isTyping || event.ctrlKey || event.metaKey || event.altKey || document.getElementById('help').open)
    return;
  event.preventDefault();
  action();
}

function onWheel(event) {
  const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
  event.preventDefault();
  // A pinch on a touchpad comes as a wheel with Ctrl, of which a hundred is e.
  if (event.ctrlKey)
    timeline.zoom(Math.exp(event.deltaY * unit / 100), event.offsetX);
  else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))
    timeline.pan((event.deltaX || event.deltaY) * unit / timeline.size().width);
  else
    timeline.zoom(Math.exp(event.deltaY * unit * 0.002), event.offsetX);
}

// Where pointers are, all together, and how far apart: one is always as far from itself.
function handOf(pointers) {
  const [one, other = one] = pointers.values();
  return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, apart: Math.max(Math.hypot(one.x - other.x, one.y - other.y), 10) };
}

// One pointer drags, two of them pinch: what is between them stays there. A third counts for nothing.
function watchPointers(stage) {
  const down = new Map();
  let moved = 0;

  stage.addEventListener('pointerdown', (event) => {
    if (event.button !== 0)
      return;
    down.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    stage.setPointerCapture(event.pointerId);
    moved = down.size > 1 ? CLICK_PX : 0;
  });
  stage.addEventListener('pointermove', (event) => {
    const last = down.get(event.pointerId);
    if (!last)
      return;
    const before = handOf(down);
    moved += Math.abs(event.offsetX - last.x) + Math.abs(event.offsetY - last.y);
    down.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    if (moved < CLICK_PX)
      return;
    const after = handOf(down);
    stage.classList.add('dragged');
    timeline.zoom(before.apart / after.apart, before.x, after.x);
    timeline.scrollBy(before.y - after.y);
  });
  const up = (event) => {
    if (!down.delete(event.pointerId))
      return;
    stage.classList.remove('dragged');
    if (event.type === 'pointerup' && moved < CLICK_PX)
      timeline.pick(event.offsetX, event.offsetY);
  };
  stage.addEventListener('pointerup', up);
  stage.addEventListener('pointercancel', up);
}

export function start() {
  const { stage } = timeline.size();
  const on = (id, action) => document.getElementById(id).addEventListener('click', action);

  document.addEventListener('keydown', onKey);
  stage.addEventListener('wheel', onWheel, { passive: false });
  watchPointers(stage);
  on('zoom-in', keys.w);
  on('zoom-out', keys.s);
  on('pan-left', keys.a);
  on('pan-right', keys.d);
  on('fit', fit);
  on('help-open', keys['?']);
}
